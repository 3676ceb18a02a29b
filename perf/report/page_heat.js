/* SPDX-License-Identifier: Apache-2.0 */
/* Fanout: every reader by percentile, as multiples of the median reader. */

const HEAT_KEYS = ["p50", "p90", "p99", "p99_9", "max"];
const HEAT_STEPS = [0.8, 0.95, 1.1, 1.5, 2, 3];
const HEAT_NAMES = ["below 0.8", "0.8–0.95", "0.95–1.1", "1.1–1.5", "1.5–2", "2–3", "above 3"];

function heatPlot(row) {
  const readers = list(row, "fanout.readers")
    .slice()
    .sort((a, b) => (a.node ?? 0) - (b.node ?? 0) || (a.reader ?? 0) - (b.reader ?? 0));
  if (readers.length < 2) return null;
  const medians = HEAT_KEYS.map((key) => {
    const sorted = readers
      .map((reader) => reader[key])
      .filter(Number.isFinite)
      .sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  });
  const title = `${rowName(row)}: every reader beside the median reader`;
  const columns = [
    "reader",
    "CPU",
    "node",
    "distance",
    ...HEAT_KEYS.map((key) => `${key.replace("_", ".")} ns`),
    "received",
    "lost",
    "torn",
  ];
  const rows = readers.map((reader) => [
    ...["reader", "cpu", "node", "distance"].map((key) => plain(reader[key])),
    ...HEAT_KEYS.map((key) => shown(reader[key])),
    ...["received", "lost", "torn"].map((key) => plain(reader[key])),
  ]);
  const steps = make(
    "ul",
    { class: "legend" },
    ...HEAT_NAMES.map((name, index) =>
      make(
        "li",
        {},
        shape(
          "svg",
          { viewBox: "0 0 26 10", "aria-hidden": "true" },
          shape("rect", { class: `h${index}`, width: 26, height: 10 }),
        ),
        `${name} ×`,
      ),
    ),
  );
  const label = `${title}. Across: ${readers.length} readers by node. Up: percentile. Colour: times the median reader.`;
  const drawn = figure({
    title,
    label,
    wide: readers.length > 14,
    draw: (width, hits) => drawHeat(readers, medians, width, hits),
    columns: columns.map((head) => ({ head, text: head === "distance" })),
    rows,
  });
  drawn.insertBefore(steps, drawn.querySelector(".plot"));
  return drawn;
}

function drawHeat(readers, medians, width, hits) {
  const left = width < 620 ? 92 : 124,
    cell = 22,
    top = 34,
    nodes = [...new Set(readers.map((reader) => reader.node ?? 0))];
  const lost = readers.some((reader) => reader.lost > 0 || reader.torn > 0);
  const bottom = top + HEAT_KEYS.length * cell + (lost ? cell : 0),
    height = bottom + 22;
  const step = Math.min(40, (width - left - 4 - nodes.length * 6) / readers.length),
    gap = step > 8 ? 1 : 0;
  const drawing = shape("svg", { viewBox: `0 0 ${width} ${height}` });
  drawing.append(
    shape("text", { class: "axis-title y-title", x: 0, y: 12 }, "percentile: median reader's latency (ns to s)"),
  );
  HEAT_KEYS.forEach((key, line) =>
    drawing.append(
      shape(
        "text",
        { class: "tick", x: 0, y: top + line * cell + 15 },
        `${key.replace("_", ".")}: ${medians[line] > 0 ? time(medians[line]) : "?"}`,
      ),
    ),
  );
  if (lost) drawing.append(shape("text", { class: "tick", x: 0, y: bottom - 7 }, "lost, torn"));
  let x = left,
    previous,
    from = left;
  const nameNode = (node, end) =>
    drawing.append(
      shape(
        "text",
        { class: "tick", x: Math.min((from + end) / 2, width - 24), y: top - 6, "text-anchor": "middle" },
        `node ${node}`,
      ),
    );
  for (const reader of readers) {
    const node = reader.node ?? 0;
    if (previous !== undefined && node !== previous) {
      nameNode(previous, x);
      x += 6;
      from = x;
    }
    previous = node;
    HEAT_KEYS.forEach((key, line) => {
      const times = reader[key] / medians[line],
        y = top + line * cell;
      if (!Number.isFinite(times)) return;
      const found = HEAT_STEPS.findIndex((limit) => times < limit);
      drawing.append(
        shape("rect", {
          class: `h${found < 0 ? 6 : found}`,
          x: x.toFixed(2),
          y,
          width: Math.max(1, step - gap).toFixed(2),
          height: cell - 1,
        }),
      );
      hits.push({
        x: x + step / 2,
        y: y + cell / 2,
        text: `reader ${reader.reader}, CPU ${reader.cpu}, node ${node}: ${key.replace("_", ".")} ${time(reader[key])}, ${measured(times)} × the median reader`,
      });
    });
    if (reader.lost > 0 || reader.torn > 0) {
      drawing.append(shape("path", { class: "mark", d: `M${x + step / 2 - 4} ${bottom - 15}l8 8m0 -8l-8 8` }));
      hits.push({
        x: x + step / 2,
        y: bottom - 11,
        text: `reader ${reader.reader}: lost ${plain(reader.lost)}, torn ${plain(reader.torn)}`,
      });
    }
    x += step;
  }
  nameNode(previous, x);
  drawing.append(
    shape(
      "text",
      { class: "axis-title x-title", x: left, y: height - 6 },
      `${readers.length} readers (number), by node`,
    ),
  );
  return drawing;
}
