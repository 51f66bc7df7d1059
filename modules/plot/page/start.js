// Reads the data and shows what there is of it; the element's data-status says how far that came.

{
  const {map, runs} = JSON.parse(document.getElementById("data").textContent);
  const parts = [];
  if (map) {
    showMap(map, document.getElementById("map"));
    const of = map.vocabulary > map.fitted ? ` of ${map.vocabulary.toLocaleString("en")}` : "";
    parts.push(`${map.fitted.toLocaleString("en")}${of} words, ${map.dimension.toLocaleString("en")} dimensions`);
  }
  if (runs.length) {
    showCurves(runs, document.getElementById("curves"));
    parts.push(runs.length === 1 ? "a training run" : `${runs.length} training runs`);
  }
  document.getElementById("summary").textContent = parts.join(" · ");
  document.documentElement.dataset.status = "ready";
}
