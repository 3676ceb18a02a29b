/* SPDX-License-Identifier: Apache-2.0 */
/* Which plots a measurement gets. */

/* Histograms that belong into one plot: rows of the same case, or of the same sweep; rows that would stand alone stand
 * together. */
function curveGroups(rows, path) {
  const groups = new Map();
  for (const row of rows.filter((r) => list(r, `${path}.curve`).length > 1)) {
    const key = at(row, "x") ? words(text(row, "x.name")) : text(row, "case");
    groups.set(key, [...(groups.get(key) || []), row]);
  }
  const alone = [...groups.values()].every((members) => members.length === 1);
  return alone && groups.size > 1 ? [["", [...groups.values()].flat()]] : [...groups];
}

/* More than six lines say nothing.  Of a sweep some steps stay, of gaps the longest, else the references and the fastest;
 * the tables have all. */
function mostTelling(rows, path) {
  if (rows.length <= 6) return rows;
  if (rows.every((row) => at(row, "x")))
    return [0, 1, 2, 3, 4, 5].map((i) => rows[Math.round((i * (rows.length - 1)) / 5)]);
  const rank = (row) =>
    path === "gap" ? -value(row, "gap.max") : isTickfan(row) ? -2 : isRaw(row) ? -1 : value(row, `${path}.p50`);
  return rows
    .slice()
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, 6);
}

function groupTitle(title, name, kept, members) {
  return `${title}${name ? `: ${name}` : ""}${kept.length < members.length ? ` (${kept.length} of ${members.length})` : ""}`;
}

function curves(rows, path, title, yTitle, share) {
  return curveGroups(rows, path).map(([name, members]) => {
    const kept = mostTelling(members, path),
      names = rowNames(kept);
    return curvePlot(
      groupTitle(title, name, kept, members),
      yTitle,
      kept.map((row, i) => ({ name: names[i], hist: at(row, path) })),
      share,
    );
  });
}

/* From sent and from due in one plot where that is readable: the distance between them is what waiting in line costs. */
function latencyCurves(rows) {
  return curveGroups(rows, "latency.from_sent").flatMap(([name, members]) => {
    const kept = mostTelling(members, "latency.from_sent"),
      names = rowNames(kept);
    const part = (key, suffix, dash) =>
      kept
        .map((row, i) => ({ name: names[i] + suffix, of: names[i], dash, hist: at(row, `latency.${key}`) }))
        .filter((line) => line.hist);
    if (kept.length <= 3)
      return [
        curvePlot(groupTitle("Latency", name, kept, members), "latency", [
          ...part("from_sent", ", from sent", ""),
          ...part("from_due", ", from due", "5 3"),
        ]),
      ];
    return [
      curvePlot(groupTitle("Latency from sent", name, kept, members), "latency", part("from_sent", "")),
      curvePlot(groupTitle("Latency from due", name, kept, members), "latency", part("from_due", "")),
    ];
  });
}

/* A bar plot of the rows that have a number at `path`, when there are several; order: 1 ascending, -1 descending. */
function rowBars(rows, path, scale, plot, markPath, order = 0) {
  const having = rows.filter((row) => Number.isFinite(value(row, path)) && !at(row, "x")),
    names = rowNames(having);
  const bars = having.map((row, index) => ({ ...barOf(row, path, scale, markPath), name: names[index] }));
  if (order) bars.sort((a, b) => (a.value - b.value) * order);
  return having.length > 1 && having.length <= 40 ? barPlot({ ...plot, bars }) : null;
}

/* Where copying is a row of its own it is not drawn again beside every other. */
function decodeBars(rows) {
  const decoded = rows.filter((row) => at(row, "decode.messages_per_second"));
  const isCopy = (row) => /memcpy/.test(rowName(row)),
    apart = decoded.some(isCopy);
  const bars = decoded.flatMap((row) => {
    const own = { ...barOf(row, "decode.messages_per_second", 1e-6), style: isCopy(row) ? 1 : 0 };
    const copy = {
      ...barOf(row, "decode.memcpy_messages_per_second", 1e-6),
      name: "memcpy of the same bytes",
      style: 1,
    };
    return apart ? [own] : [own, copy];
  });
  const title = "Decoding beside copying the same bytes";
  return barPlot({ title, unit: "million messages a second", format: measured, bars });
}

/* What the middle of a row over its rounds is the middle of. */
function spreadTitle(rows) {
  if (rows.some((row) => at(row, "pacing"))) return ["Published later than due", "lateness"];
  return rows.some((row) => at(row, "wake"))
    ? ["From publish to woken", "wake-up time"]
    : ["Latency of one message", "latency"];
}

function measurementFigures(m, rows) {
  const [spreadName, spreadUnit] = spreadTitle(rows);
  const compared = text(m, "measurement") === "compare",
    others = rows.filter((row) => !isRaw(row));
  const latency = {
    title: spreadName,
    unit: `${spreadUnit} (${NS_AXIS})`,
    format: time,
    tick: timeTick,
    markName: "p99",
    wide: compared,
  };
  const rate = { title: "Throughput", unit: "million messages a second", format: measured, wide: compared };
  const ratio = {
    title: "Middle latency as a ratio to the raw line's, with quartiles",
    unit: "times the raw line's (1: as fast)",
    format: measured,
    dots: true,
  };
  return [
    rowBars(rows, "spread.p50", 1, latency, "spread.p99", compared ? 1 : 0),
    rowBars(
      rows.filter((row) => !at(row, "decode")),
      "rate.per_second",
      1e-6,
      rate,
      "",
      compared ? -1 : 0,
    ),
    compared ? null : rowBars(others, "ratio.p50", 1, ratio),
    ...latencyCurves(rows),
    ...curves(rows, "latency.last_reader", "Latency until the last reader has it", "latency"),
    ...curves(rows, "wake.latency", "From publish to woken", "wake-up time", "wake-ups that were at least as fast"),
    ...curves(rows, "pacing", "Published later than due", "lateness", "ticks that were at least as punctual"),
    ...curves(rows, "gap", "Gaps: time that the machine took", "length of a gap", "gaps that were at most as long"),
    ...overTimePlots(rows),
    ...seriesPlots(rows),
    ...rows.map(heatPlot),
    rowBars(rows, "cost.instructions", 1, {
      title: "Instructions per message",
      unit: "instructions",
      format: measured,
    }),
    rowBars(rows, "cost.ns", 1, { title: "Time per message", unit: "ns", format: measured }),
    decodeBars(rows),
    rowBars(rows, "memory.ns_per_line", 1, {
      title: "Loading one line",
      unit: "ns per cache line",
      format: measured,
    }),
  ].filter(Boolean);
}
