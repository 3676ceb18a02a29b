/* SPDX-License-Identifier: Apache-2.0 */
/* Bars, and ratios as points with whiskers. */

/* bars: [{name, value, low?, high?, mark?, style}].  Log scale when the range asks for it; `dots` for ratios, about 1. */
function barPlot({ title, bars, unit, format, tick, markName, dots, wide, share = 0.24, range = "quartiles" }) {
  const good = bars.filter((bar) => Number.isFinite(bar.value) && bar.value > 0);
  if (!good.length) return null;
  const values = good
    .flatMap((bar) => [bar.value, bar.low, bar.high, bar.mark])
    .filter((v) => Number.isFinite(v) && v > 0);
  if (dots) values.push(1);
  const log = Math.max(...values) / Math.min(...values) > 30;
  const [low, high] = dots && !log ? [Math.min(...values) * 0.98, Math.max(...values) * 1.02] : ends(values, log);
  const spread = good.some((bar) => bar.low > 0) && !dots ? `; thin line: ${range}` : "";
  const axis = `${unit}${log ? ", log scale" : ""}${markName ? `; bar: p50; upright mark: ${markName}` : ""}${spread}`;
  const label =
    `${title}. ${good.length} bars. Across: ${axis}. ` +
    good
      .slice(0, 20)
      .map((bar) => `${bar.name}: ${format(bar.value)}`)
      .join("; ");
  const draw = (width, hits) => {
    const stacked = width < 620,
      step = stacked ? 34 : 22,
      left = stacked ? 4 : Math.round(width * share);
    const box = {
      width,
      height: 14 + good.length * step + 40,
      left,
      right: width - 74,
      top: 6,
      bottom: 8 + good.length * step,
    };
    const drawing = shape("svg", { viewBox: `0 0 ${width} ${box.height}` });
    const x = scaleOf(log ? "log" : "linear", low, high, left, box.right);
    axes(drawing, box, x, null, tick || plain, null, stacked ? axis.split("; ")[0] : axis, "");
    if (dots)
      drawing.append(
        shape("line", { class: "one", x1: x.position(1), x2: x.position(1), y1: box.top, y2: box.bottom }),
      );
    good.forEach((bar, index) =>
      drawing.append(
        ...drawBar(bar, box.top + index * step, { x, left, stacked, width, format, dots, right: box.right }, hits),
      ),
    );
    return drawing;
  };
  const rows = bars.map((bar) => [
    bar.name,
    shown(bar.low ? { low: bar.low, middle: bar.value, high: bar.high } : bar.value),
    shown(bar.mark ?? ""),
  ]);
  return figure({
    title,
    label,
    wide,
    draw,
    columns: [{ head: "" }, { head: unit }, { head: markName ? `${markName}, ${unit}` : "" }],
    rows,
  });
}

function drawBar(bar, top, { x, left, stacked, width, format, dots, right }, hits) {
  const middleLine = top + (stacked ? 24 : 11),
    end = x.position(bar.value),
    room = Math.floor((stacked ? width - 80 : left - 10) / CHARACTER);
  const name = bar.name.length > room ? `${bar.name.slice(0, room - 1)}…` : bar.name;
  const nodes = [
    shape(
      "text",
      stacked ? { x: left + 5, y: top + 12 } : { x: left - 8, y: middleLine + 4, "text-anchor": "end" },
      name,
    ),
  ];
  if (dots) nodes.push(shape("circle", { class: `f${bar.style}`, cx: end, cy: middleLine, r: 4 }));
  else
    nodes.push(
      shape("rect", {
        class: `f${bar.style}`,
        x: left,
        y: middleLine - 6,
        width: Math.max(1, end - left),
        height: 12,
      }),
    );
  if (bar.low > 0 && bar.high > 0)
    nodes.push(
      shape("line", {
        class: dots ? `whisker s${bar.style}` : "mark",
        "stroke-width": 1.5,
        x1: x.position(bar.low),
        x2: x.position(bar.high),
        y1: middleLine,
        y2: middleLine,
      }),
    );
  if (bar.mark > 0)
    nodes.push(
      shape("line", {
        class: "mark",
        x1: x.position(bar.mark),
        x2: x.position(bar.mark),
        y1: middleLine - 8,
        y2: middleLine + 8,
      }),
    );
  nodes.push(shape("text", { x: right + 8, y: middleLine + 4 }, format(bar.value)));
  const range = bar.low > 0 ? ` (${format(bar.low)} to ${format(bar.high)})` : "";
  hits.push({
    x: end,
    y: middleLine,
    text: `${bar.name}: ${format(bar.value)}${range}${bar.mark ? `, mark at ${format(bar.mark)}` : ""}`,
  });
  return nodes;
}

function barOf(row, path, scale = 1, markPath) {
  const found = at(row, path),
    name = rowName(row);
  const ends = found && typeof found === "object" ? { low: found.low * scale, high: found.high * scale } : {};
  const style = text(row, "transport") === "tickfan" || /^tickfan/i.test(name) ? 0 : /^raw/i.test(name) ? 1 : 6;
  return { name, value: middle(found) * scale, ...ends, mark: markPath ? value(row, markPath) : undefined, style };
}
