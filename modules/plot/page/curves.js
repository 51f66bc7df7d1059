// Curves of training runs: a chart for each quantity, over the tokens trained on.

/// About `most` round numbers from `low` to `high`.
function ticksBetween(low, high, most) {
  const rough = (high - low) / most || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map(n => n * power).find(n => n >= rough * 0.999);
  const ticks = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; ++n) ticks.push(n * step);
  return ticks;
}

/// 1500000 as "1.5M".
function short(value) {
  const units = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
  const [size, name] = units.find(([size]) => Math.abs(value) >= size) || [1, ""];
  return Number((value / size).toPrecision(3)) + name;
}

function showCurves(runs, section) {
  const quantities = [
    {key: "loss", name: "Loss", fromZero: false, text: value => value.toPrecision(4)},
    {key: "rate", name: "Learning rate", fromZero: true, text: value => value && value < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(4)))},
    {key: "speed", name: "Tokens per second", fromZero: true, text: short},
  ];
  // Scores of epochs: values at their ends, null elsewhere.
  for (const name of new Set(runs.flatMap(run => Object.keys(run.scores)))) {
    for (const run of runs) run[`score ${name}`] = run.scores[name] ?? run.tokens.map(() => null);
    const text = name[0].toUpperCase() + name.slice(1);
    quantities.push({key: `score ${name}`, name: text, fromZero: false, text: value => String(Number(value.toPrecision(4)))});
  }
  const colour = n => `var(--run${n % 6})`;
  const charts = section.querySelector(".charts");
  const lastTokens = Math.max(...runs.map(run => run.tokens.at(-1) ?? 0), 1);
  const redraw = [], pointAt = [];

  function chart({key, name, fromZero, text}) {
    const caption = element("figcaption", "", name);
    const values = runs.map((run, n) => {
      const value = element("span", "value");
      value.style.setProperty("--colour", colour(n));
      caption.append(value);
      return value;
    });
    const picture = svg("svg", {role: "img", "aria-label": name});
    charts.append(element("figure", "", "", caption, picture));
    const all = runs.flatMap(run => run[key].filter(value => value !== null));
    let low = fromZero ? 0 : Math.min(...all), high = Math.max(...all);
    if (!all.length) [low, high] = [0, 1];
    const margin = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
    high += margin;
    if (!fromZero) low -= margin;
    const left = 52, right = 12, top = 12, bottom = 24;
    let x, y, cross;

    function draw() {
      const {width, height} = picture.getBoundingClientRect();
      x = tokens => left + tokens / lastTokens * (width - left - right);
      y = value => height - bottom - (value - low) / (high - low) * (height - top - bottom);
      picture.replaceChildren();
      const add = (...made) => picture.append(svg(...made));
      for (const tick of ticksBetween(low, high, 5)) {
        add("line", {class: "grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick)});
        add("text", {x: left - 7, y: y(tick) + 4, "text-anchor": "end"}, short(tick));
      }
      add("line", {class: "axis", x1: left, x2: width - right, y1: height - bottom, y2: height - bottom});
      for (const tick of ticksBetween(0, lastTokens, width / 90)) {
        add("line", {class: "axis", x1: x(tick), x2: x(tick), y1: height - bottom, y2: height - bottom + 4});
        add("text", {x: x(tick), y: height - bottom + 16, "text-anchor": "middle"}, short(tick));
      }
      if (runs.length === 1 && runs[0].epochs.length <= 40)
        for (const [, tokens] of runs[0].epochs)
          add("line", {class: "epoch", x1: x(tokens), x2: x(tokens), y1: top, y2: height - bottom});
      runs.forEach((run, n) => {
        let path = "", pen = "M";
        run[key].forEach((value, i) => {
          if (value === null) return;
          path += `${pen}${x(run.tokens[i]).toFixed(1)} ${y(value).toFixed(1)}`;
          pen = "L";
        });
        add("path", {class: "line", d: path, style: `stroke: ${colour(n)}`});
        const known = run[key].flatMap((value, i) => value === null ? [] : [i]);
        if (known.length === 1)
          add("circle", {cx: x(run.tokens[known[0]]), cy: y(run[key][known[0]]), r: 3, style: `fill: ${colour(n)}`});
      });
      cross = svg("g");
      picture.append(cross);
    }
    redraw.push(draw);

    /// The values at a number of tokens, or those of the last point.
    pointAt.push(tokens => {
      cross.replaceChildren();
      runs.forEach((run, n) => {
        let i = run.tokens.length - 1;
        if (tokens !== null) {
          const after = run.tokens.findIndex(t => t >= tokens);
          i = after < 0 ? i : after > 0 && tokens - run.tokens[after - 1] < run.tokens[after] - tokens ? after - 1 : after;
        }
        while (i > 0 && run[key][i] === null) --i;
        const value = run[key][i] ?? null;
        values[n].textContent = value === null ? "–" : text(value);
        if (tokens === null || value === null) return;
        if (n === 0) {
          const {height} = picture.getBoundingClientRect();
          const at = x(run.tokens[i]);
          cross.append(svg("line", {class: "cross", x1: at, x2: at, y1: top, y2: height - bottom}));
          cross.append(svg("text", {x: at + (at > 120 ? -5 : 5), y: top + 6, "text-anchor": at > 120 ? "end" : "start"},
                           `${short(run.tokens[i])} tokens`));
        }
        cross.append(svg("circle", {cx: x(run.tokens[i]), cy: y(value), r: 3.5, style: `fill: ${colour(n)}`}));
      });
    });
    picture.addEventListener("pointermove", event => {
      const box = picture.getBoundingClientRect();
      const share = (event.clientX - box.left - left) / (box.width - left - right);
      pointAt.forEach(show => show(Math.min(Math.max(share, 0), 1) * lastTokens));
    });
    picture.addEventListener("pointerleave", () => pointAt.forEach(show => show(null)));
  }

  function showLegend() {
    runs.forEach((run, n) => {
      const epochs = run.epochs.length ? `, epoch ${run.epochs.at(-1)[0]}: mean loss ${run.epochs.at(-1)[2].toPrecision(4)}` : "";
      const entry = element("span", "", run.name + epochs);
      entry.style.setProperty("--colour", colour(n));
      section.querySelector(".legend").append(entry);
    });
  }

  function showOptions() {
    const tables = runs.map(run => new Map(run.options));
    const names = [...new Set(tables.flatMap(table => [...table.keys()]))].sort();
    const table = section.querySelector("table");
    const head = element("tr", "", "", element("th"), ...runs.map(run => element("th", "", run.name)));
    table.append(element("thead", "", "", head));
    for (const name of names) {
      const differs = new Set(tables.map(options => options.get(name))).size > 1;
      table.append(element("tr", "", "", element("th", "", name),
                           ...tables.map(options => element("td", differs ? "differs" : "", options.get(name) ?? ""))));
    }
  }

  section.hidden = false;
  quantities.forEach(chart);
  showLegend();
  showOptions();
  const all = () => { redraw.forEach(draw => draw()); pointAt.forEach(show => show(null)); };
  all();
  new ResizeObserver(all).observe(charts);
}
