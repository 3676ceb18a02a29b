/* SPDX-License-Identifier: Apache-2.0 */
/* Plots of lines, made of the rows of a measurement. */

const NS_AXIS = "ns, µs, ms as marked";
const nines = (percent) => `${Number(percent.toFixed(4))} %`;

/* Percentile curves in one plot; drawn: [{name, hist, of?, dash?}]. */
function curvePlot(title, yTitle, drawn, share = "ticks that were at least as fast") {
  const lines = drawn
    .map(({ name, hist, of, dash }) => {
      /* The slowest one stands at 100 %, which has no place on this axis: it goes where one in `count` is. */
      const last = hist.count > 1 ? 100 * (1 - 1 / hist.count) : 99.99;
      const points = list(hist, "curve").filter((p) => Array.isArray(p) && p[1] > 0);
      return { name, of, dash, points: points.map(([percent, ns]) => [Math.min(percent, last), ns]) };
    })
    .filter((line) => line.points.length > 1);
  if (!lines.length) return null;
  const keys = ["min", "p50", "p90", "p99", "p99_9", "p99_99", "max"];
  return linePlot({
    title,
    lines,
    x: { kind: "nines", text: nines, title: `share of the ${share}, %` },
    y: { log: true, text: time, tick: timeTick, title: `${yTitle} (${NS_AXIS}; log scale)` },
    columns: [{ head: "" }, ...keys.map((key) => ({ head: `${key.replace("_", ".")} ns` })), { head: "count" }],
    rows: drawn.map(({ name, hist }) => [name, ...keys.map((key) => shown(hist[key])), plain(hist.count)]),
  });
}

/* Rows of one case beside each other: one colour each, p50, p99 and the slowest told apart by dashes. */
function overTimePlot(title, what, rows) {
  const names = rowNames(rows),
    kinds = [
      ["p50", ""],
      ["p99", "5 3"],
      ["max", "1 3"],
    ];
  const samples = rows.map((row) => list(row, "over_time").filter((s) => Array.isArray(s) && s.length >= 4));
  const lines = kinds.flatMap(([kind, dash], k) =>
    names.map((name, i) => ({
      name: `${name}, ${kind}`,
      of: name,
      dash,
      points: samples[i].map((s) => [s[0], s[k + 1]]),
    })),
  );
  return linePlot({
    title,
    lines: lines.filter((line) => line.points.length > 1),
    x: { kind: "linear", text: (v) => `${plain(v)} s`, title: "time since the start, s" },
    y: { log: true, text: time, tick: timeTick, title: `${what} (${NS_AXIS}; log scale)` },
    columns: [{ head: "" }, { head: "second" }, ...kinds.map(([kind]) => ({ head: `${kind} ns` }))],
    rows: samples.flatMap((of, i) =>
      of.map((s, n) => [n ? "" : names[i], plain(s[0]), ...s.slice(1, 4).map((v) => shown(v))]),
    ),
  });
}

/* Of what is compared only Tickfan and the reference; of a sweep only its end; of the CPUs of a
 * machine those with the longest gaps. */
function overTimePlots(rows) {
  const having = rows.filter((row) => list(row, "over_time").length > 1);
  const worst = (row) => value(row, "noise.gap_ns_max");
  const machine = having
    .filter((row) => at(row, "noise"))
    .sort((a, b) => worst(b) - worst(a))
    .slice(0, 8);
  const most = Math.max(...having.map((row) => value(row, "x.value")).filter(Number.isFinite));
  const ticks = having.filter(
    (row) => !at(row, "noise") && (isTickfan(row) || isRaw(row)) && (!at(row, "x") || value(row, "x.value") === most),
  );
  const cases = [...new Set(ticks.map((row) => text(row, "case")))];
  return [
    ...machine.map((row) => overTimePlot(`${rowName(row)}: gaps over the time of the run`, "length of a gap", [row])),
    ...cases.map((name) =>
      overTimePlot(
        `Latency over the time of the run${name ? `: ${name}` : ""}`,
        "latency",
        ticks.filter((row) => text(row, "case") === name).slice(0, 3),
      ),
    ),
  ];
}

/* ---- series: rows with the same name but for what is swept ------------------------------------ */

const METRICS = [
  {
    title: "Rate",
    apart: true,
    unit: "million a second",
    scale: 1e-6,
    paths: [
      ["near", "rate.near"],
      ["far", "rate.far"],
      ["", "rate.per_second"],
    ],
  },
  {
    title: "Latency over the rounds",
    unit: "ns",
    scale: 1,
    paths: [
      ["p50", "spread.p50"],
      ["p99", "spread.p99"],
      ["last reader p50", "spread.last_p50"],
      ["last reader p99", "spread.last_p99"],
    ],
  },
  {
    title: "Deliveries to all readers together",
    unit: "million a second",
    scale: 1e-6,
    paths: [["", "rate.deliveries_per_second"]],
  },
  { title: "Loading one line", unit: "ns", scale: 1, paths: [["", "memory.ns_per_line"]] },
  { title: "Time in send() per message", unit: "ns", scale: 1, paths: [["", "send_ns"]] },
  { title: "Instructions per message", unit: "instructions", scale: 1, paths: [["", "cost.instructions"]] },
];
/* "publish batch 32, readers N" of a row in which N is swept. */
function unnumbered(name, row) {
  const swept = plain(at(row, "x.value")).replace(/[^0-9]/g, "");
  return swept ? name.replace(new RegExp(`\\b${swept}\\b( [a-z]+?)?s?\\b`), "N$1") : name;
}

function seriesOf(rows) {
  const sweeps = new Map();
  for (const row of rows) {
    const name = text(row, "x.name");
    if (!name || !Number.isFinite(value(row, "x.value"))) continue;
    const which = unnumbered(text(row, "case"), row),
      label = unnumbered(text(row, "label"), row);
    const key = JSON.stringify([name, which]);
    if (!sweeps.has(key)) sweeps.set(key, { x: name, which, labels: new Map() });
    const labels = sweeps.get(key).labels;
    labels.set(label, [...(labels.get(label) || []), row]);
  }
  return [...sweeps.values()];
}

function seriesPoint(row, path, scale) {
  const found = at(row, path),
    ends = typeof found === "object" ? [found.low * scale, found.high * scale] : [];
  return [value(row, "x.value"), middle(found) * scale, ...ends];
}

function seriesLines(label, members, metric) {
  const measuredApart = members.some((row) => at(row, metric.paths[0][1]));
  const paths = metric.paths.filter(([name], index) => name || index === 0 || !measuredApart);
  return paths.flatMap(([name, path]) => {
    const points = members
      .filter((row) => Number.isFinite(value(row, path)))
      .map((row) => seriesPoint(row, path, metric.scale));
    points.sort((a, b) => a[0] - b[0]);
    const style = metric.apart ? { of: label, dash: name === "far" ? "5 3" : "" } : {};
    return points.length >= 3 ? [{ name: [label, name].filter(Boolean).join(", "), points, ...style }] : [];
  });
}

function seriesPlots(rows) {
  return seriesOf(rows).flatMap((sweep) =>
    METRICS.map((metric) => {
      const lines = [...sweep.labels].flatMap(([label, members]) => seriesLines(label, members, metric));
      return lines.length ? seriesPlot(sweep, metric, lines) : null;
    }),
  );
}

/* What is swept is usually doubled from step to step, sometimes from 0: steps of one width show it best. */
function seriesPlot(sweep, metric, lines) {
  const steps = [...new Set(lines.flatMap((line) => line.points.map((p) => p[0])))].sort((a, b) => a - b);
  const values = lines.flatMap((line) => line.points.map((p) => p[1])).filter((v) => v > 0);
  const log = values.length > 0 && Math.max(...values) / Math.min(...values) > 30;
  const name = words(sweep.x);
  return linePlot({
    title: `${metric.title} against ${name}`,
    lines: lines.map((line) => ({
      ...line,
      points: line.points.map((p) => [steps.indexOf(p[0]), ...p.slice(1)]),
    })),
    x: {
      kind: "linear",
      text: (index) => plain(steps[index] ?? ""),
      title: /bytes$/.test(sweep.x) ? `${name} (bytes)` : `${name} (number)`,
      ticks: steps.map((_, index) => index),
    },
    y: { log, text: measured, tick: plain, title: `${metric.unit}${log ? ", log scale" : ""}` },
    columns: [{ head: name }, ...lines.map((line) => ({ head: `${line.name}, ${metric.unit}` }))],
    rows: steps.map((step) => [
      plain(step),
      ...lines.map((line) => {
        const point = line.points.find((p) => p[0] === step);
        return point ? shown(point.length > 2 ? { low: point[2], middle: point[1], high: point[3] } : point[1]) : "";
      }),
    ]),
  });
}
