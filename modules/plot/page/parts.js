// What the scripts of all pages use.

/// An element with a class, a text and what stands inside.
function element(name, className = "", text = "", ...inside) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  made.append(...inside);
  return made;
}

/// The same for an element of SVG.
const svg = (name, attributes = {}, text = "") => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
};

