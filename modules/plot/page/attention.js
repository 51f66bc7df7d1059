// Maps of attention weights: a list of pairs, and one of them as a matrix of cells.

{
  const pairs = JSON.parse(document.getElementById("data").textContent);
  const find = selector => document.querySelector(selector);
  const list = find(".pairs"), search = find("nav input"), heat = find(".heat"), reading = find(".reading");
  const relative = find(".scale input");
  const sides = {source: find("[data-side=source]"), target: find("[data-side=target]")};
  const visible = token => token.replaceAll(" ", "\u2423");
  const cut = token => [...visible(token)].length > 24 ? [...visible(token)].slice(0, 23).join("") + "\u2026" : visible(token);
  const textOf = (text, tokens) => text || tokens.join(tokens.every(token => [...token].length <= 1) ? "" : " ");
  let chosen = -1, parts = null;

  const items = pairs.map((pair, n) => {
    const texts = [textOf(pair.sourceText, pair.source), textOf(pair.targetText, pair.target)];
    const item = element("li", "", "", element("span", "", String(n + 1)),
                         element("div", "", "", ...texts.map(text => element("p", "", text))));
    item.title = texts.join("\n");
    item.addEventListener("click", () => choose(n));
    return item;
  });
  list.append(...items);

  /// Highlights a row, a column or a cell; null for none.
  function point(row, column) {
    const {pair, highest, rows, columns, chips, band, cell, left, top} = parts;
    const share = (t, s) => Math.min(pair.weights[t][s] / highest, 1);
    rows.forEach((label, t) => label.classList.toggle("at", t === row));
    columns.forEach((label, s) => label.classList.toggle("at", s === column));
    const paint = (chip, value, at) => {
      chip.style.setProperty("--share", value);
      chip.classList.toggle("dark", value > 0.55);
      chip.classList.toggle("at", at);
    };
    chips.source.forEach((chip, s) => paint(chip, row === null ? 0 : share(row, s), s === column));
    chips.target.forEach((chip, t) => paint(chip, column === null || row !== null ? 0 : share(t, column), t === row));
    band.replaceChildren();
    const width = columns.length * cell, height = rows.length * cell;
    if (row !== null) band.append(svg("rect", {class: "band", x: left, y: top + row * cell, width, height: cell}));
    if (column !== null) band.append(svg("rect", {class: "band", x: left + column * cell, y: top, width: cell, height}));
    reading.replaceChildren();
    if (row !== null && column !== null)
      reading.append(element("b", "", visible(pair.target[row])), " \u2190 ", element("b", "", visible(pair.source[column])),
                     ` ${pair.weights[row][column].toFixed(4)}`);
    else if (row !== null && columns.length) {
      const s = pair.weights[row].indexOf(Math.max(...pair.weights[row]));
      reading.append(element("b", "", visible(pair.target[row])), " attends most to ", element("b", "", visible(pair.source[s])),
                     ` ${pair.weights[row][s].toFixed(4)}`);
    } else if (column !== null && rows.length) {
      const of = pair.weights.map(weights => weights[column]), t = of.indexOf(Math.max(...of));
      reading.append(element("b", "", visible(pair.source[column])), " is attended to most by ",
                     element("b", "", visible(pair.target[t])), ` ${of[t].toFixed(4)}`);
    } else reading.append(rows.length && columns.length ? "Point at a token or a cell." : "No weights: a side is empty.");
  }

  function draw(pair) {
    const all = pair.weights.flat();
    const highest = relative.checked ? all.reduce((most, weight) => Math.max(most, weight), 0) || 1 : 1;
    find(".highest").textContent = String(Number(highest.toPrecision(2)));
    const rowTexts = pair.target.map(cut), columnTexts = pair.source.map(cut);
    const longest = Math.max(rowTexts.length, columnTexts.length, 1);
    const cell = Math.max(11, Math.min(30, Math.floor(720 / longest))), font = Math.min(14, Math.max(9, cell * 0.62));
    const picture = svg("svg", {role: "img", "aria-label": "Attention weights", style: `font-size: ${font}px`});
    heat.replaceChildren(picture);
    const text = (content, attributes) => picture.appendChild(svg("text", attributes, content));
    const rows = rowTexts.map(content => text(content, {"text-anchor": "end"}));
    const columns = columnTexts.map(content => text(content));
    const widest = labels => labels.reduce((most, label) => Math.max(most, label.getComputedTextLength()), 0);
    const left = widest(rows) + 12, wide = widest(columns), turn = wide <= cell - 2 ? 0 : cell >= 15 ? 45 : 90;
    const slant = turn === 45 ? 0.71 : 1;
    const top = (turn ? wide * slant + font : font) + 8;
    const width = left + columns.length * cell + (turn === 45 ? wide * slant : 0) + 8, height = top + rows.length * cell + 6;
    for (const [key, value] of Object.entries({width, height, viewBox: `0 0 ${width} ${height}`})) picture.setAttribute(key, value);
    const place = (label, x, y) => { label.setAttribute("x", x); label.setAttribute("y", y); };
    rows.forEach((label, t) => place(label, left - 7, top + (t + 0.5) * cell + font * 0.36));
    columns.forEach((label, s) => {
      const x = left + (s + 0.5) * cell + {0: 0, 45: 3, 90: font * 0.36}[turn];
      place(label, x, top - 6);
      if (turn) label.setAttribute("transform", `rotate(-${turn} ${x} ${top - 6})`);
      else label.setAttribute("text-anchor", "middle");
    });
    const on = (made, row, column) => {
      made.addEventListener("pointerenter", () => point(row, column));
      return made;
    };
    pair.weights.forEach((weights, t) => weights.forEach((weight, s) => {
      const opacity = Math.min(weight / highest, 1).toFixed(4);
      picture.append(on(svg("rect", {class: "cell", x: left + s * cell, y: top + t * cell, width: cell, height: cell, "fill-opacity": opacity}), t, s));
    }));
    picture.append(svg("rect", {class: "frame", x: left, y: top, width: columns.length * cell, height: rows.length * cell}));
    const band = picture.appendChild(svg("g"));
    rows.forEach((label, t) => on(label, t, null));
    columns.forEach((label, s) => on(label, null, s));
    const chips = {
      source: pair.source.map((token, s) => on(element("span", "", visible(token)), null, s)),
      target: pair.target.map((token, t) => on(element("span", "", visible(token)), t, null)),
    };
    for (const side of ["source", "target"]) sides[side].replaceChildren(...chips[side]);
    parts = {pair, highest, rows, columns, chips, band, cell, left, top};
    point(null, null);
  }

  function choose(n) {
    if (chosen >= 0) items[chosen].classList.remove("at");
    chosen = n;
    items[n].classList.add("at");
    items[n].scrollIntoView({block: "nearest"});
    draw(pairs[n]);
    document.documentElement.dataset.pair = n + 1;
  }

  for (const area of [heat, sides.source, sides.target])
    area.addEventListener("pointerleave", () => { if (parts) point(null, null); });
  relative.addEventListener("change", () => { if (parts) draw(parts.pair); });
  search.addEventListener("input", () => {
    const sought = search.value.toLowerCase();
    items.forEach(item => item.hidden = !item.title.toLowerCase().includes(sought));
  });
  list.addEventListener("keydown", event => {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (!step) return;
    event.preventDefault();
    let n = chosen + step;
    while (items[n]?.hidden) n += step;
    if (items[n]) choose(n);
  });

  find("#summary").textContent = pairs.length === 1 ? "1 pair" : `${pairs.length.toLocaleString("en")} pairs`;
  if (pairs.length) {
    const asked = Number(/^#pair=(\d+)$/.exec(location.hash)?.[1] ?? 1);
    choose(Math.min(Math.max(asked, 1), pairs.length) - 1);
  } else find("main").hidden = true;
  document.documentElement.dataset.status = "ready";
}
