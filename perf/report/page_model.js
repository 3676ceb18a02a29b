/* SPDX-License-Identifier: Apache-2.0 */
/* The coherence model, kept apart from what was measured. */

function calibrationTable(model) {
  const costs = Object.entries(at(model, "calibration") || {});
  if (!costs.length) return "";
  const rows = costs.map(([name, cost]) => [
    words(name),
    shown(at(cost, "ns")),
    text(cost, "source"),
    text(cost, "how"),
  ]);
  const columns = [{ head: "cost" }, { head: "ns" }, { head: "source", text: true }, { head: "how", wrap: true }];
  return table(columns, rows, "Costs that the model is made of");
}

function validationPlot(validation, what) {
  const points = validation.filter((v) => text(v, "what") === what).sort((a, b) => a.readers - b.readers);
  if (points.length < 2) return null;
  const line = (name, key, dash) => ({ name, dash, points: points.map((v, i) => [i, middle(v[key])]) });
  return linePlot({
    title: `Measured beside modelled: ${what}`,
    lines: [line("measured", "measured_ns", ""), line("modelled, not measured", "modelled_ns", "5 3")],
    x: {
      kind: "linear",
      ticks: points.map((_, i) => i),
      text: (i) => plain(points[i]?.readers ?? ""),
      title: "readers (number)",
    },
    y: { log: false, text: measured, tick: plain, title: `${what} (ns)` },
    columns: [{ head: "readers" }, { head: "measured ns" }, { head: "modelled ns" }],
    rows: points.map((v) => [plain(v.readers), shown(v.measured_ns), shown(v.modelled_ns)]),
  });
}

function validationTable(validation) {
  if (!validation.length) return "";
  const columns = [
    { head: "what" },
    ...["readers", "measured ns", "modelled ns", "modelled to measured, ×"].map((head) => ({ head })),
  ];
  const modelled = (v) => (at(v, "modelled.middle") === undefined ? v.modelled_ns : v.modelled);
  const rows = validation.map((v) => [
    text(v, "what"),
    plain(v.readers),
    shown(v.measured_ns),
    shown(modelled(v)),
    shown(middle(v.modelled_ns) / middle(v.measured_ns)),
  ]);
  return table(columns, rows, "Measured beside modelled");
}

function shortRate(rate) {
  if (!Number.isFinite(rate)) return "";
  return rate >= 1e6 ? `${plain(rate / 1e6)} M/s` : rate >= 1e3 ? `${plain(rate / 1e3)} k/s` : `${plain(rate)}/s`;
}

/* One plot for each number of readers: what is asked is which rings and whose stores serve them best. */
function predictionPlots(predictions) {
  const counts = [...new Set(predictions.map((p) => at(p, "readers")).filter(Number.isFinite))];
  return counts.slice(0, 6).map((count) => {
    const bars = predictions
      .filter((p) => at(p, "readers") === count)
      .map((p) => {
        const rings = text(p, "rings"),
          stores = text(p, "stores");
        const parts = [
          rings && `rings ${rings}`,
          stores && `stores by ${stores}`,
          shortRate(p.rate),
          Number.isFinite(p.sockets) && counted(p.sockets, "socket", "sockets"),
        ];
        return {
          name: parts.filter(Boolean).join(", "),
          value: value(p, "last_p99"),
          low: at(p, "last_p99.low"),
          high: at(p, "last_p99.high"),
          style: /all/.test(rings) ? 2 : /forward/.test(stores) ? 3 : 0,
        };
      });
    const title = `Modelled, not measured: the last of ${plain(count)} readers has 99 of 100 ticks within`;
    const range = "a tenth to nine tenths of the machines drawn";
    return barPlot({
      title,
      bars,
      unit: `time (${NS_AXIS})`,
      format: time,
      tick: timeTick,
      wide: true,
      share: 0.42,
      range,
    });
  });
}

function predictionTable(predictions) {
  if (!predictions.length) return "";
  const keys = [["p50"], ["p99"], ["last_p50"], ["last_p99"], ["publish_ns"], ["sustained_share", 100]];
  const heads = [
    "p50 ns",
    "p99 ns",
    "last reader p50 ns",
    "last reader p99 ns",
    "publishing ns",
    "machines that keep up, %",
  ];
  const columns = [
    ...[
      { head: "readers" },
      { head: "sockets" },
      { head: "rate" },
      { head: "rings", text: true },
      { head: "stores by", text: true },
    ],
    ...heads.map((head) => ({ head })),
  ];
  const rows = predictions.map((p) => [
    ...[
      plain(at(p, "readers")),
      plain(at(p, "sockets")),
      shortRate(at(p, "rate")),
      text(p, "rings"),
      text(p, "stores"),
    ],
    ...keys.map(([key, scale]) => shown(at(p, key), scale)),
  ]);
  const label = "Predictions of the model, not measured";
  return make(
    "details",
    {},
    make("summary", {}, "all predictions as a table (modelled, not measured)"),
    table(columns, rows, label),
  );
}

function modelPart(model) {
  const validation = list(model, "validation"),
    predictions = list(model, "predictions");
  const whats = [...new Set(validation.map((v) => text(v, "what")))];
  const figures = [...whats.map((what) => validationPlot(validation, what)), ...predictionPlots(predictions)].filter(
    Boolean,
  );
  const meaning =
    "A simulation of cache lines moving between cores. It answers for machines that are not at hand; its costs are " +
    "measured here or assumed, as the table says, and it is only as good as they are.";
  return make(
    "div",
    { class: "modelled" },
    make("p", {}, make("span", { class: "tag" }, "Modelled, not measured. "), meaning),
    calibrationTable(model),
    validationTable(validation),
    make("div", { class: "figures" }, ...figures),
    predictionTable(predictions),
  );
}
