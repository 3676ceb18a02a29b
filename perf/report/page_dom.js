/* SPDX-License-Identifier: Apache-2.0 */
/* Building blocks: elements, numbers in words, tables.  Text enters the page as text nodes only. */

const SVG = document.getElementById("seed").namespaceURI;

/* Control characters and direction marks would rearrange what stands around them. */
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
const clean = (found) => (typeof found === "string" ? found.replace(OBEYED, "\ufffd") : found);

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {}))
    if (value !== undefined && value !== null && value !== false) node.setAttribute(name, clean(value));
  for (const child of children) if (child !== undefined && child !== null && child !== "") node.append(clean(child));
  return node;
}
function make(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}
function shape(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/* What lies at "a.b.c"; undefined when some key is absent. */
function at(object, path) {
  let here = object;
  for (const key of path ? path.split(".") : []) {
    if (here === null || typeof here !== "object" || !Object.hasOwn(here, key)) return undefined;
    here = here[key];
  }
  return here === null ? undefined : here;
}
function list(object, path) {
  const found = at(object, path);
  return Array.isArray(found) ? found.filter((entry) => entry !== null) : [];
}
function text(object, path) {
  const found = at(object, path);
  return typeof found === "string" ? found : "";
}
/* A number, or the middle of a spread; NaN when there is neither. */
function middle(value) {
  if (typeof value === "number") return value;
  return value && typeof value.middle === "number" ? value.middle : NaN;
}
function value(object, path) {
  return middle(at(object, path));
}

/* Three digits that count. */
function places(number) {
  const size = Math.abs(number);
  if (size >= 100 || size === 0) return 0;
  return size >= 10 ? 1 : size >= 0.1 ? 2 : size >= 0.01 ? 3 : 4;
}
function fixed(number, digits) {
  const size = Math.abs(number);
  if (!Number.isFinite(number)) return "";
  if (size >= 1e12 || (size > 0 && size < 1e-4)) return number.toExponential(1);
  return number.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
/* As it is: counts, limits, what somebody chose. */
function plain(number) {
  return typeof number === "number" ? fixed(number, Number.isInteger(number) ? 0 : places(number)) : shown(number);
}
/* As measured. */
function measured(number) {
  return fixed(number, places(number));
}
function unitOf(ns) {
  return ns < 999.5 ? ["ns", 1] : ns < 999.5e3 ? ["µs", 1e3] : ns < 999.5e6 ? ["ms", 1e6] : ["s", 1e9];
}
function time(ns) {
  const [unit, size] = unitOf(ns);
  return `${measured(ns / size)} ${unit}`;
}
function timeTick(ns) {
  const [unit, size] = unitOf(ns);
  return `${plain(Number((ns / size).toPrecision(3)))} ${unit}`;
}
function bytes(count) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (count >= 1024 && unit < 4) {
    count /= 1024;
    unit++;
  }
  return `${fixed(count, unit && !Number.isInteger(count) ? 1 : 0)} ${units[unit]}`;
}
/* A number as measured, "1.02 (1.00–1.04)" of a spread. */
function shown(found, scale = 1) {
  if (typeof found === "string") return found;
  if (typeof found === "boolean") return found ? "yes" : "no";
  const number = middle(found) * scale;
  if (typeof found === "number") return measured(number);
  if (!found || !Number.isFinite(number)) return "";
  const digits = places(number);
  const ends =
    typeof found.low === "number" && typeof found.high === "number"
      ? ` (${fixed(found.low * scale, digits)}–${fixed(found.high * scale, digits)})`
      : "";
  return fixed(number, digits) + ends;
}
function words(key) {
  return String(key).replaceAll("_", " ");
}

/* "Tickfan, constant, batch 32": what a row is called. */
function rowName(row) {
  let name = text(row, "label") || text(row, "transport");
  const which = text(row, "case");
  if (which && !name.includes(which)) name += (name ? ", " : "") + which;
  const swept = at(row, "x.value");
  if (swept !== undefined && !which.startsWith(`${plain(swept)} `)) {
    const both = `${words(text(row, "x.name"))} ${plain(swept)}`;
    if (!name.includes(both)) name += (name ? ", " : "") + both;
  }
  return name;
}

/* Names of rows beside each other: what all of them say is left out. */
function rowNames(rows) {
  const cases = new Set(rows.map((row) => text(row, "case"))),
    labels = new Set(rows.map((row) => text(row, "label")));
  const short = cases.size === 1 && labels.size === rows.length && !rows.some((row) => at(row, "x"));
  return rows.map((row) => (short && text(row, "label")) || rowName(row));
}

/* columns: [{head, text?: true, wrap?: true}], rows: arrays of strings or nodes; the first cell heads its row.
 * Columns in which every cell is empty are left out. */
function table(columns, rows, label) {
  const used = columns.map((_, c) => c === 0 || rows.some((row) => row[c] !== undefined && row[c] !== ""));
  const kind = (c) => (c === 0 ? "name" : columns[c].wrap ? "text wrap" : columns[c].text ? "text" : undefined);
  const head = make(
    "tr",
    {},
    ...columns
      .map((column, c) => used[c] && make("th", { scope: "col", class: kind(c) }, column.head))
      .filter(Boolean),
  );
  const body = rows.map((row) =>
    make(
      "tr",
      {},
      ...row
        .map((cell, c) => used[c] && make(c ? "td" : "th", { class: kind(c), scope: c ? undefined : "row" }, cell))
        .filter(Boolean),
    ),
  );
  return make(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    make("table", {}, make("thead", {}, head), make("tbody", {}, ...body)),
  );
}

/* names: [[name, style, dash]] */
function legend(names) {
  const swatch = (style, dash) =>
    shape(
      "svg",
      { viewBox: "0 0 26 10", "aria-hidden": "true" },
      shape("line", { x1: 0, x2: 26, y1: 5, y2: 5, class: `line s${style}`, "stroke-dasharray": dash }),
    );
  return make(
    "ul",
    { class: "legend" },
    ...names.map(([name, style, dash]) => make("li", {}, swatch(style, dash), name)),
  );
}

/* A figure that is drawn again whenever its width changes.  plot: {title, label, names?, points(), draw(width, points), columns, rows}.
 * `draw` returns the SVG and pushes {x, y, text} for what can be read off by pointer or arrow keys. */
function figure(plot) {
  const readout = make("output", { class: "readout" });
  const holder = make("div", { class: "plot" });
  const nodes = [make("figcaption", {}, plot.title)];
  if (plot.names && plot.names.length > 1) nodes.push(legend(plot.names));
  nodes.push(
    holder,
    readout,
    make("details", {}, make("summary", {}, "these numbers as a table"), table(plot.columns, plot.rows, plot.title)),
  );
  let width = 0;
  const render = () => {
    const now = Math.round(holder.clientWidth);
    if (!now || now === width) return;
    width = now;
    const points = [];
    const drawing = plot.draw(now, points);
    fill(drawing, { role: "img", tabindex: 0, "aria-label": plot.label }, []);
    readOff(drawing, points, readout);
    holder.replaceChildren(drawing);
  };
  // In the next frame: drawing may change the width of others, which a browser calls an error while it still observes.
  new ResizeObserver(() => requestAnimationFrame(render)).observe(holder);
  DRAWN.push(render);
  return make("figure", { class: plot.wide ? "wide" : undefined }, ...nodes);
}
const DRAWN = [];
const DASHES = ["", "", "6 3", "2 2", "8 3 2 3", "4 2", "1 3"];

function readOff(drawing, points, readout) {
  const ring = shape("circle", { r: 4, class: "hit", visibility: "hidden" });
  let current = -1;
  drawing.append(ring);
  const show = (index) => {
    current = index;
    const point = points[index];
    fill(ring, { cx: point.x, cy: point.y, visibility: "visible" }, []);
    readout.textContent = point.text;
  };
  drawing.addEventListener("pointermove", (event) => {
    const area = drawing.getBoundingClientRect(),
      scale = drawing.viewBox.baseVal.width / area.width;
    const x = (event.clientX - area.left) * scale,
      y = (event.clientY - area.top) * scale;
    let best = -1,
      nearest = Infinity;
    points.forEach((point, index) => {
      const far = (point.x - x) ** 2 + (point.y - y) ** 2;
      if (far < nearest) {
        nearest = far;
        best = index;
      }
    });
    if (best >= 0) show(best);
  });
  drawing.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step || !points.length) return;
    event.preventDefault();
    show(current < 0 ? 0 : (current + step + points.length) % points.length);
  });
}
