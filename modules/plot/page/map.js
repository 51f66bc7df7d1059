// The map of words: a canvas that is drawn anew at every change.

function themeColours(names) {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(names.map(name => [name, style.getPropertyValue("--" + name).trim()]));
}

/// Between two colours "#rrggbb".
function mixed(from, to, share) {
  const part = (colour, i) => parseInt(colour.slice(1 + 2 * i, 3 + 2 * i), 16);
  return `rgb(${[0, 1, 2].map(i => Math.round(part(from, i) * (1 - share) + part(to, i) * share))})`;
}

function showMap(map, section) {
  const canvas = section.querySelector("canvas"), stage = section.querySelector(".stage");
  const card = section.querySelector(".card"), tip = section.querySelector(".tip");
  const input = section.querySelector("input"), matches = section.querySelector(".matches");
  const pen = canvas.getContext("2d");
  const count = map.words.length;
  const highlighted = new Set(map.highlighted);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let colours = {}, shades = [];
  let view = {scale: 1, x: 0, y: 0}; // the centre of the canvas, in coordinates of the map, and pixels for one unit
  let width = 0, height = 0;
  let selected = -1, hovered = -1, flight = 0, waiting = false;
  let whole = true; // all words are shown: that stays so when the window changes

  const range = values => {
    let low = Infinity, high = -Infinity;
    for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
    return [low, high];
  };
  const xRange = range(map.x), yRange = range(map.y);
  const depth = Math.max(...range(map.z).map(Math.abs)) || 1;

  function wholeView() {
    const room = 56;
    const fit = (low, high, pixels) => Math.max(pixels - 2 * room, 50) / (high - low || 1);
    return {scale: Math.min(fit(...xRange, width), fit(...yRange, height)),
            x: (xRange[0] + xRange[1]) / 2, y: (yRange[0] + yRange[1]) / 2};
  }
  const screenX = i => width / 2 + (map.x[i] - view.x) * view.scale;
  const screenY = i => height / 2 - (map.y[i] - view.y) * view.scale;
  const inside = (x, y, margin) => x > -margin && y > -margin && x < width + margin && y < height + margin;

  // Frequent words are larger and named first.
  const importance = i => 1 - Math.log(1 + i) / Math.log(2 + map.fitted);
  const fontSize = i => i < map.fitted ? 11 + 6 * importance(i) : 12;
  const radius = i => i < map.fitted ? 2 + 2.5 * importance(i) : 3;
  const fontOf = (i, bold) => `${bold ? "600 " : ""}${fontSize(i).toFixed(1)}px system-ui, "DejaVu Sans", sans-serif`;

  function readColours() {
    colours = themeColours(["panel", "text", "soft", "accent", "low", "middle", "high"]);
    shades = map.z.map(z => {
      const share = Math.min(1, Math.abs(z) / depth * 1.4);
      return mixed(colours.middle, z < 0 ? colours.low : colours.high, share);
    });
  }

  /// Places of labels so far, in cells, so that a new one meets only few of them.
  function labelRoom() {
    const cells = new Map(), size = 48;
    const keys = box => {
      const all = [];
      for (let x = Math.floor(box.x / size); x <= Math.floor((box.x + box.w) / size); ++x)
        for (let y = Math.floor(box.y / size); y <= Math.floor((box.y + box.h) / size); ++y) all.push(x + "," + y);
      return all;
    };
    const meets = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
    return {
      isFree: box => keys(box).every(key => !(cells.get(key) || []).some(other => meets(box, other))),
      take: box => keys(box).forEach(key => cells.has(key) ? cells.get(key).push(box) : cells.set(key, [box])),
    };
  }

  function drawLabel(i, room, {force = false, colour = colours.text, bold = false, alpha = 1} = {}) {
    const x = screenX(i), y = screenY(i);
    if (!inside(x, y, 0)) return false;
    pen.font = fontOf(i, bold);
    const text = map.words[i].length > 40 ? map.words[i].slice(0, 39) + "…" : map.words[i];
    const h = fontSize(i) + 3, w = pen.measureText(text).width + 6, r = radius(i) + 2;
    const places = [{x: x + r, y: y - h / 2, w, h}, {x: x - r - w, y: y - h / 2, w, h},
                    {x: x - w / 2, y: y - r - h, w, h}, {x: x - w / 2, y: y + r, w, h}];
    const box = places.find(room.isFree) || (force ? places[0] : null);
    if (!box) return false;
    room.take(box);
    pen.globalAlpha = alpha;
    pen.lineWidth = 3;
    pen.lineJoin = "round";
    pen.strokeStyle = colours.panel;
    pen.fillStyle = colour;
    pen.strokeText(text, box.x + 3, box.y + h / 2);
    pen.fillText(text, box.x + 3, box.y + h / 2);
    return true;
  }

  function dot(i, r) {
    pen.beginPath();
    pen.arc(screenX(i), screenY(i), r, 0, 2 * Math.PI);
    pen.fill();
  }

  function draw() {
    waiting = false;
    const ratio = devicePixelRatio || 1;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.textBaseline = "middle";
    const near = selected < 0 ? [] : map.nearest[selected];
    const chosen = new Set(selected < 0 ? highlighted : [selected, ...highlighted, ...near]);
    const faded = selected >= 0;
    let drawn = 0, labels = 0;
    for (let i = count - 1; i >= 0; --i) { // frequent words lie on top
      if (chosen.has(i) || !inside(screenX(i), screenY(i), 6)) continue;
      pen.globalAlpha = faded ? 0.28 : 0.8;
      pen.fillStyle = shades[i];
      dot(i, radius(i));
      ++drawn;
    }
    pen.globalAlpha = 0.55;
    pen.strokeStyle = colours.accent;
    pen.lineWidth = 1;
    pen.beginPath();
    for (const i of near) {
      pen.moveTo(screenX(selected), screenY(selected));
      pen.lineTo(screenX(i), screenY(i));
    }
    pen.stroke();
    pen.globalAlpha = 1;
    for (const i of chosen) {
      if (!inside(screenX(i), screenY(i), 6)) continue;
      pen.fillStyle = i === selected || highlighted.has(i) ? colours.accent : shades[i];
      dot(i, radius(i) + (i === selected ? 2.5 : 1));
      ++drawn;
    }
    const room = labelRoom();
    if (hovered >= 0) labels += drawLabel(hovered, room, {force: true, bold: true});
    if (selected >= 0 && selected !== hovered)
      labels += drawLabel(selected, room, {force: true, bold: true, colour: colours.accent});
    for (const i of chosen)
      if (i !== selected && i !== hovered)
        labels += drawLabel(i, room, highlighted.has(i) ? {force: true, bold: true, colour: colours.accent} : {});
    for (let i = 0; i < count; ++i)
      if (!chosen.has(i) && i !== hovered) labels += drawLabel(i, room, {alpha: faded ? 0.35 : 1});
    pen.globalAlpha = 1;
    Object.assign(section.dataset, {drawn, labels, selected: selected < 0 ? "" : map.words[selected]});
  }
  function drawSoon() {
    if (!waiting) requestAnimationFrame(draw);
    waiting = true;
  }

  /// Moves the view, by and by unless `at once`.
  function fly(to, atOnce = still) {
    whole = false;
    cancelAnimationFrame(flight);
    if (atOnce) {
      view = to;
      return drawSoon();
    }
    const from = view, begin = performance.now();
    const step = now => {
      const t = Math.min(1, (now - begin) / 350), s = t * t * (3 - 2 * t);
      view = {scale: from.scale * (to.scale / from.scale) ** s,
              x: from.x + (to.x - from.x) * s, y: from.y + (to.y - from.y) * s};
      draw();
      if (t < 1) flight = requestAnimationFrame(step);
    };
    flight = requestAnimationFrame(step);
  }

  function showAll() {
    fly(wholeView());
    whole = true;
  }

  function zoom(factor, x = width / 2, y = height / 2) {
    cancelAnimationFrame(flight);
    whole = false;
    const least = wholeView().scale / 4;
    const scale = Math.min(Math.max(view.scale * factor, least), least * 8000);
    view = {scale, x: view.x + (x - width / 2) * (1 / view.scale - 1 / scale),
            y: view.y - (y - height / 2) * (1 / view.scale - 1 / scale)};
    drawSoon();
  }

  /// Centres a word so that its neighbours can be seen, and lists them.
  function select(i, {atOnce = still, move = true} = {}) {
    selected = i;
    showCard();
    if (i < 0) return drawSoon();
    history.replaceState(null, "", "#word=" + encodeURIComponent(map.words[i]));
    if (!move) return drawSoon();
    const reach = (values, i) => Math.max(...map.nearest[i].map(j => Math.abs(values[j] - values[i])), 1e-9);
    const fit = Math.min((width / 2 - 70) / reach(map.x, i), (height / 2 - 50) / reach(map.y, i));
    const least = wholeView().scale;
    fly({scale: Math.min(Math.max(fit, least), least * 40), x: map.x[i], y: map.y[i]}, atOnce);
  }

  function showCard() {
    card.hidden = selected < 0;
    if (selected < 0) return;
    const close = element("button", "close", "×");
    close.title = "Close";
    close.onclick = clear;
    const place = selected < map.fitted ? `word ${(selected + 1).toLocaleString("en")}` : "a rarer word";
    const times = map.counts[selected] ? `, ${map.counts[selected].toLocaleString("en")} times` : "";
    const list = element("ol");
    map.nearest[selected].forEach((j, n) => {
      const cosine = map.cosines[selected][n];
      const item = element("li", "", "", element("span", "", map.words[j]), element("span", "", cosine.toFixed(3)));
      item.style.setProperty("--share", Math.max(0, cosine));
      item.onclick = () => select(j);
      list.append(item);
    });
    card.replaceChildren(close, element("h2", "", map.words[selected]), element("p", "", place + times), list);
  }

  function clear() {
    input.value = "";
    matches.hidden = true;
    history.replaceState(null, "", location.pathname + location.search);
    select(-1);
  }

  // Search: the word itself, then words that begin with it, then words that hold it.
  function found(text, most) {
    const lower = text.toLowerCase();
    const ranks = [[], [], [], []];
    if (text)
      for (let i = 0; i < count; ++i) {
        const word = map.words[i], folded = word.toLowerCase();
        const rank = word === text ? 0 : folded === lower ? 1 : folded.startsWith(lower) ? 2 : folded.includes(lower) ? 3 : 4;
        if (rank < 4 && ranks[rank].length < most) ranks[rank].push(i);
      }
    return ranks.flat().slice(0, most);
  }
  let at = 0;
  function showMatches() {
    const list = found(input.value.trim(), 8);
    at = Math.min(at, Math.max(0, list.length - 1));
    matches.hidden = !input.value.trim();
    matches.replaceChildren(...list.map((i, n) => {
      const item = element("li", n === at ? "at" : "", map.words[i]);
      item.onpointerdown = event => { event.preventDefault(); choose(i); };
      return item;
    }));
    if (!list.length) matches.append(element("li", "none", "not on this map"));
    return list;
  }
  function choose(i) {
    matches.hidden = true;
    input.value = map.words[i];
    select(i);
  }
  input.oninput = () => { at = 0; showMatches(); };
  input.onblur = () => matches.hidden = true;
  input.onkeydown = event => {
    if (event.key === "Escape") { clear(); canvas.focus(); }
    if (event.key === "ArrowDown") { ++at; showMatches(); event.preventDefault(); }
    if (event.key === "ArrowUp") { at = Math.max(0, at - 1); showMatches(); event.preventDefault(); }
    const list = event.key === "Enter" ? showMatches() : [];
    if (list.length) choose(list[at]);
  };
  document.addEventListener("keydown", event => {
    if (event.target === input || event.ctrlKey || event.metaKey) return;
    if (event.key === "/") { input.focus(); input.select(); event.preventDefault(); }
    if (event.key === "Escape") clear();
  });

  // Pointers: one moves, two zoom, a click selects.
  const pointers = new Map();
  let moved = 0;
  const where = event => {
    const box = canvas.getBoundingClientRect();
    return {x: event.clientX - box.left, y: event.clientY - box.top};
  };
  function wordAt({x, y}) {
    let best = -1, least = 14 * 14;
    for (let i = 0; i < count; ++i) {
      const d = (screenX(i) - x) ** 2 + (screenY(i) - y) ** 2;
      if (d < least) { least = d; best = i; }
    }
    return best;
  }
  function hover(i) {
    canvas.classList.toggle("over", i >= 0);
    tip.hidden = i < 0;
    if (i === hovered) return;
    hovered = i;
    if (i >= 0) {
      tip.replaceChildren(element("b", "", map.words[i]), map.nearest[i].slice(0, 5).map(j => map.words[j]).join(", "));
      const x = screenX(i), y = screenY(i);
      tip.style.left = Math.min(x + 12, width - tip.offsetWidth - 8) + "px";
      tip.style.top = (y + 16 + tip.offsetHeight > height ? y - tip.offsetHeight - 12 : y + 16) + "px";
    }
    drawSoon();
  }
  canvas.onpointerdown = event => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, where(event));
    moved = 0;
  };
  canvas.onpointermove = event => {
    const now = where(event), before = pointers.get(event.pointerId);
    if (!before) return hover(wordAt(now));
    moved += Math.hypot(now.x - before.x, now.y - before.y);
    if (moved < 4) return;
    hover(-1);
    canvas.classList.add("moving");
    cancelAnimationFrame(flight);
    whole = false;
    if (pointers.size === 2) {
      const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
      const distance = point => Math.hypot(point.x - other.x, point.y - other.y) || 1;
      zoom(distance(now) / distance(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
    } else {
      view = {...view, x: view.x - (now.x - before.x) / view.scale, y: view.y + (now.y - before.y) / view.scale};
    }
    pointers.set(event.pointerId, now);
    drawSoon();
  };
  canvas.onpointerup = canvas.onpointercancel = event => {
    const held = pointers.delete(event.pointerId);
    canvas.classList.remove("moving");
    if (!held || moved >= 4 || event.type === "pointercancel") return;
    const i = wordAt(where(event));
    if (i >= 0) select(i, {move: false});
    else if (selected >= 0) clear();
  };
  canvas.onpointerleave = () => hover(-1);
  canvas.ondblclick = showAll;
  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    const {x, y} = where(event);
    hover(-1);
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), x, y);
  }, {passive: false});
  section.querySelectorAll(".tools button").forEach(button => button.onclick = () => {
    if (button.dataset.do === "all") showAll();
    else zoom(button.dataset.do === "in" ? 1.5 : 1 / 1.5);
  });

  function resize() {
    const box = stage.getBoundingClientRect();
    width = box.width - 2;
    height = box.height - 2;
    canvas.width = Math.round(width * (devicePixelRatio || 1));
    canvas.height = Math.round(height * (devicePixelRatio || 1));
    if (whole) view = wholeView();
    draw();
  }

  const percent = share => (100 * share).toFixed(1) + " %";
  section.querySelector(".note").textContent =
    `Vectors at length 1 in the plane of their first two principal components, which hold ${percent(map.shares[0])} and ` +
    `${percent(map.shares[1])} of the variance; the third (${percent(map.shares[2])}) gives the colour. Neighbours are by ` +
    `cosine in all ${map.dimension.toLocaleString("en")} dimensions, so a near word may lie far away here. ` +
    "Scroll or pinch to zoom, drag to move, click a word for its neighbours, press / to search.";
  section.hidden = false;
  readColours();
  resize();
  new ResizeObserver(resize).observe(stage);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readColours(); draw(); });
  const asked = () => {
    const word = /^#word=(.*)$/.exec(location.hash);
    const list = word ? found(decodeURIComponent(word[1]), 1) : [];
    if (list.length) select(list[0], {atOnce: true});
  };
  addEventListener("hashchange", asked);
  asked();
  draw();
}
