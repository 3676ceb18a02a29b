/* SPDX-License-Identifier: Apache-2.0 */
/* Scales, axes, and plots of lines. */

const CHARACTER = 6.4; /* an 11 px digit, with room to spare */

/* kind: linear, log, or nines (a percentile p lies at log10(1/(1-p)), so that each further nine is as wide as the last). */
function scaleOf(kind, low, high, from, to) {
  const forward =
    kind === "log" ? Math.log10 : kind === "nines" ? (p) => -Math.log10(1 - Math.min(p, 99.9999999) / 100) : (v) => v;
  let a = forward(low),
    b = forward(high);
  if (!(b > a)) {
    a -= 0.5;
    b = a + 1;
  }
  const position = (v) => from + ((forward(v) - a) / (b - a)) * (to - from);
  return { position, kind, low, high };
}

function ticksOf(scale) {
  const ticks = [];
  if (scale.kind === "nines") return [50, 90, 99, 99.9, 99.99, 99.999, 99.9999].filter((p) => p <= scale.high);
  if (scale.kind === "log") {
    const decades = Math.log10(scale.high / scale.low);
    for (let power = Math.floor(Math.log10(scale.low)); power <= Math.log10(scale.high) + 1e-9; power++)
      for (const digit of decades < 2.2 ? [1, 2, 5] : [1]) {
        const tick = digit * 10 ** power;
        if (tick >= scale.low * 0.999 && tick <= scale.high * 1.001) ticks.push(Number(tick.toPrecision(6)));
      }
    return ticks;
  }
  const rough = (scale.high - scale.low || 1) / 5,
    power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((candidate) => candidate >= rough);
  for (let tick = Math.ceil(scale.low / step) * step; tick <= scale.high + step * 1e-9; tick += step)
    ticks.push(Number(tick.toPrecision(8)));
  return ticks;
}

/* Ends of an axis that hold every value, rounded outwards to where ticks are. */
function ends(values, log) {
  const good = values.filter((v) => Number.isFinite(v) && (!log || v > 0));
  if (!good.length) return log ? [1, 10] : [0, 1];
  const low = Math.min(...good),
    high = Math.max(...good);
  if (!log) return [Math.min(0, low), high > 0 ? high * 1.05 : 1];
  const outward = (v, up) => {
    const power = 10 ** Math.floor(Math.log10(v)),
      digits = up ? [1, 2, 5, 10] : [10, 5, 2, 1];
    return power * digits.find((d) => (up ? d * power >= v * 0.9999 : d * power <= v * 1.0001));
  };
  const bottom = outward(low, false),
    top = outward(high, true);
  return [bottom, top > bottom ? top : bottom * 10];
}

/* Frame, grid, ticks and titles.  Ticks that would touch their neighbour keep their line and lose their text. */
function axes(drawing, box, x, y, xText, yText, xTitle, yTitle, xTicks) {
  let free = -Infinity;
  for (const tick of xTicks || ticksOf(x)) {
    const place = x.position(tick),
      label = xText(tick),
      half = (label.length * CHARACTER) / 2;
    drawing.append(shape("line", { class: "grid", x1: place, x2: place, y1: box.top, y2: box.bottom }));
    const centre = Math.min(Math.max(place, half), box.width - half);
    if (centre - half < free) continue;
    free = centre + half + 6;
    drawing.append(shape("text", { class: "tick", x: centre, y: box.bottom + 15, "text-anchor": "middle" }, label));
  }
  let above = Infinity;
  for (const tick of y ? ticksOf(y) : []) {
    const place = y.position(tick);
    drawing.append(shape("line", { class: "grid", x1: box.left, x2: box.right, y1: place, y2: place }));
    if (above - place < 14) continue;
    above = place;
    drawing.append(
      shape("text", { class: "tick", x: box.left - 6, y: place + 4, "text-anchor": "end" }, yText(tick)),
    );
  }
  drawing.append(shape("path", { class: "frame", d: `M${box.left} ${box.top}V${box.bottom}H${box.right}` }));
  drawing.append(
    shape(
      "text",
      { class: "axis-title x-title", x: (box.left + box.right) / 2, y: box.height - 6, "text-anchor": "middle" },
      xTitle,
    ),
  );
  if (yTitle) drawing.append(shape("text", { class: "axis-title y-title", x: 0, y: 12 }, yTitle));
}

/*
 * lines: [{name, points: [[x, y, low?, high?]], of?, dash?}]; x: {kind, text, title, ticks?}, y: {log, text, tick?, title}.
 * Lines `of` the same thing have one colour.  Tickfan's is the first, the raw line's the second, in every plot.
 */
function linePlot({ title, lines, x, y, columns, rows }) {
  const styled = stylesOf(lines.map((line) => line.of || line.name));
  const dash = (index) => lines[index].dash ?? DASHES[styled[index]];
  const names = lines.map((line, index) => [line.name, styled[index], dash(index)]);
  const label =
    `${title}. ${counted(lines.length, "line", "lines")}: ${lines.map((line) => line.name).join("; ")}. ` +
    `Across: ${x.title}. Up: ${y.title}. Arrow keys read values.`;
  const draw = (width, hits) => {
    const height = Math.round(Math.min(340, Math.max(230, width * 0.56)));
    const box = { width, height, left: 58, right: width - 10, top: 22, bottom: height - 36 };
    const drawing = shape("svg", { viewBox: `0 0 ${width} ${height}` });
    const { across, up } = scalesFor(lines, x, y, box);
    axes(drawing, box, across, up, x.text, y.tick || y.text, x.title, y.title, x.ticks);
    lines.forEach((line, index) => drawLine(drawing, line, styled[index], dash(index), { x, y, across, up }, hits));
    return drawing;
  };
  return figure({ title, label, names, draw, columns, rows });
}

function scalesFor(lines, x, y, box) {
  const all = lines.flatMap((line) => line.points),
    xs = all.map((p) => p[0]).filter(Number.isFinite);
  const [bottom, top] = ends(
    all.flatMap((p) => p.slice(1)),
    y.log,
  );
  const inset = x.ticks ? 14 : 0,
    first = x.kind === "nines" ? 0 : Math.min(...xs);
  const across = scaleOf(x.kind, first, Math.max(...xs), box.left + inset, box.right - inset);
  return { across, up: scaleOf(y.log ? "log" : "linear", bottom, top, box.bottom, box.top) };
}

function drawLine(drawing, line, style, dash, { x, y, across, up }, hits) {
  const good = line.points.filter((p) => Number.isFinite(p[0]) && Number.isFinite(p[1]) && (!y.log || p[1] > 0));
  const path = good.map(
    (p, i) => `${i ? "L" : "M"}${across.position(p[0]).toFixed(1)} ${up.position(p[1]).toFixed(1)}`,
  );
  drawing.append(shape("path", { class: `line s${style}`, d: path.join(""), "stroke-dasharray": dash }));
  for (const p of good) {
    const px = across.position(p[0]),
      py = up.position(p[1]),
      spread = p[2] > 0 && p[3] > 0;
    if (spread) {
      const ends = { x1: px, x2: px, y1: up.position(p[2]), y2: up.position(p[3]) };
      drawing.append(shape("line", { class: `whisker s${style}`, ...ends }));
    }
    if (x.ticks) drawing.append(shape("circle", { class: `f${style}`, cx: px, cy: py, r: 2.5 }));
    const range = spread ? ` (quartiles ${y.text(p[2])} to ${y.text(p[3])})` : "";
    hits.push({ x: px, y: py, text: `${line.name}: ${x.text(p[0])}, ${y.text(p[1])}${range}` });
  }
}

/* Style numbers: 0 for Tickfan, 1 for the raw line, 2 to 5 for others, then what is free, at last the 6 that stands back. */
function stylesOf(names) {
  const styles = new Map(),
    used = new Set();
  const own = (name) => (/^tickfan/i.test(name) ? 0 : /^raw/i.test(name) ? 1 : 6);
  const take = (name, style) => {
    styles.set(name, style);
    used.add(style);
  };
  for (const name of names) if (own(name) < 6 && !used.has(own(name))) take(name, own(name));
  for (const name of names)
    if (!styles.has(name)) take(name, [2, 3, 4, 5, 1, 0].find((style) => !used.has(style)) ?? 6);
  return names.map((name) => styles.get(name));
}
