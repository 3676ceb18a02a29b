/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader who knows nothing of the project needs: the verdict in words, the machine, the method, the terms. */

const GLOSSARY = [
  ["tick", "one market event, such as an order or a trade; 64 bytes, one cache line."],
  [
    "publisher, reader",
    "the program that sends ticks, and a program (a trading strategy, say) that receives them through shared memory.",
  ],
  [
    "raw line",
    "one cache line handed from one CPU to another by nothing but plain loads and stores: the physical limit of this machine. Ratios are taken to it.",
  ],
  ["p50, p99, p99.9", "half of the ticks, 99 of 100, 999 of 1,000 were at least as fast as this."],
  [
    "from sent, from due",
    "measured from the moment the tick was sent, and from the moment the schedule wanted it sent. When a stall makes ticks late, only the second shows it.",
  ],
  [
    "ratio",
    "a number divided by the raw line's of the same round; machines drift from minute to minute, ratios hold.",
  ],
  [
    "near, far",
    "rounds in which the two CPUs were close to each other (sharing a cache) or not: up to 160 ns, or above, by the raw line's own middle.",
  ],
  [
    "quiet, disturbed",
    "blocks in which no program was pushed off its CPU, and the others. Disturbed ones are counted and shown apart, never dropped.",
  ],
  ["quartiles", "a quarter of the rounds lay below the first number in brackets, a quarter above the second."],
  [
    "broadcast, gated, lossy",
    "every reader gets every message; a slow reader holds the writer up; a slow reader misses messages and is told so.",
  ],
  ["lost, torn", "messages a reader missed, and messages that arrived half overwritten."],
  ["INVALID", "this machine, or this run, cannot answer the question. It is never counted as a pass."],
];

/* A goal that is not demanded here decides nothing; a regression fails. */
function overall(result) {
  const verdicts = list(result, "verdicts"),
    is = (word) => (verdict) => verdict.verdict === word,
    missed = (verdict) => verdict.demanded !== false && is("FAIL")(verdict);
  if (verdicts.some(missed) || list(result, "regressions").length) return "FAIL";
  if (verdicts.some((verdict) => verdict.demanded !== false && !is("PASS")(verdict))) return "INVALID";
  if (verdicts.length) return verdicts.some(is("PASS")) ? "PASS" : "INVALID";
  return Array.isArray(at(result, "regressions")) ? "PASS" : "";
}

function counted(count, one, many) {
  return `${count === 0 ? "no" : plain(count)} ${count === 1 ? one : many}`;
}

function machineWords(result) {
  const cpus = at(result, "machine.cpus_allowed") ?? at(result, "machine.cpus");
  const parts = [text(result, "machine.cpu") || "CPU unknown", Number.isFinite(cpus) && counted(cpus, "CPU", "CPUs")];
  return `On this machine (${parts.filter(Boolean).join(", ")})`;
}

function regressionWords(result) {
  const regressions = at(result, "regressions");
  if (!Array.isArray(regressions)) return "";
  const count = regressions.length === 0 ? "No number is" : counted(regressions.length, "number is", "numbers are");
  return ` ${count} worse than in the stored baseline by more than the noise of both runs.`;
}

function verdictSentence(result) {
  const verdicts = list(result, "verdicts"),
    worse = regressionWords(result);
  const of = (word) => verdicts.filter((verdict) => verdict.verdict === word);
  const pass = of("PASS"),
    fail = of("FAIL").filter((verdict) => verdict.demanded !== false),
    behind = of("FAIL").filter((verdict) => verdict.demanded === false),
    open = of("INVALID");
  if (!verdicts.length)
    return `${machineWords(result)} Tickfan was measured.${worse || " This run was not asked for a verdict."}`;
  const judged = counted(pass.length + fail.length, "goal", "goals");
  let sentence = `${machineWords(result)} Tickfan met ${plain(pass.length)} of the ${judged} that could be judged.`;
  if (fail.length)
    sentence += ` It missed ${plain(fail.length)}: ${fail.map((v) => text(v, "text") || text(v, "goal")).join("; ")}.`;
  if (behind.length)
    sentence += ` Beside what promises something else it came second, which decides nothing: ${behind.map((v) => text(v, "why") || text(v, "goal")).join("; ")}.`;
  if (open.length) {
    const reasons = [...new Set(open.map((v) => text(v, "why")).filter(Boolean))];
    const why =
      reasons.length && reasons.length <= 4
        ? `: ${reasons.join("; ")}`
        : reasons.length
          ? "; the table says why"
          : "";
    sentence += ` ${counted(open.length, "goal", "goals")} could not be judged here${why}.`;
  }
  return sentence + worse;
}

const isTickfan = (row) => text(row, "transport") === "tickfan" || /^tickfan/i.test(text(row, "label"));

const isRaw = (row) => text(row, "transport") === "raw" || /^raw/i.test(text(row, "label"));

/* What was found, one plain sentence per kind of measurement. */
function findings(result) {
  const rowsOf = (name) =>
    list(result, "measurements")
      .filter((m) => text(m, "measurement") === name)
      .flatMap((m) => list(m, "rows"));
  /* One measurement, since what two of them measured cannot be set beside each other. */
  const mostRows = (name) => {
    const same = list(result, "measurements").filter((m) => text(m, "measurement") === name);
    return same.map((m) => list(m, "rows")).sort((a, b) => b.length - a.length)[0] || [];
  };
  return [
    latencyFinding(rowsOf("latency")),
    rateFinding(rowsOf("throughput")),
    fanoutFinding(rowsOf("fanout")),
    text(result, "inject") ? "" : compareFinding(mostRows("compare")),
  ].filter(Boolean);
}

function latencyFinding(rows) {
  const row = rows.find(
    (r) => isTickfan(r) && (text(r, "case") === "constant" || !text(r, "case")) && at(r, "latency.from_sent"),
  );
  if (!row) return "";
  const p50 = value(row, "latency.from_sent.p50"),
    p99 = value(row, "latency.from_sent.p99"),
    ratio = value(row, "ratio.p50");
  return (
    `Half of the ticks reach another program within ${time(p50)}, 99 of 100 within ${time(p99)}` +
    (Number.isFinite(ratio) ? `: ${measured(ratio)} times what the hardware itself needs to move a cache line.` : ".")
  );
}

function rateFinding(rows) {
  const rates = rows
    .filter(isTickfan)
    .flatMap((r) => ["rate.near", "rate.per_second"].map((path) => value(r, path)))
    .filter(Number.isFinite);
  return rates.length
    ? `One reader can take up to ${measured(Math.max(...rates) / 1e6)} million ticks a second, each checked to be whole.`
    : "";
}

function fanoutFinding(rows) {
  const many = rows
    .filter((r) => isTickfan(r) && list(r, "fanout.readers").length > 1)
    .sort((a, b) => list(b, "fanout.readers").length - list(a, "fanout.readers").length)[0];
  if (!many) return "";
  const readers = list(many, "fanout.readers"),
    lost = readers.reduce((sum, reader) => sum + (reader.lost || 0) + (reader.torn || 0), 0);
  const last = at(many, "fanout.last");
  const within = last
    ? `the last of them has a tick after ${time(last.p50)} in the middle, within ${time(last.p99)} in 99 of 100 cases; `
    : "";
  return `With ${readers.length} readers ${within}${lost ? `${plain(lost)} ticks were lost or torn.` : "every reader received every tick."}`;
}

function compareFinding(rows) {
  const times = rows
    .filter(
      (r) =>
        !isTickfan(r) &&
        !/^raw/i.test(text(r, "transport") || text(r, "label")) &&
        Number.isFinite(value(r, "spread.p50")),
    )
    .sort((a, b) => value(a, "spread.p50") - value(b, "spread.p50"));
  const own = rows.find((r) => isTickfan(r) && Number.isFinite(value(r, "spread.p50")));
  if (!own || !times.length) return "";
  return (
    `Of ${counted(times.length, "other means", "other means")} measured beside it, the fastest (${text(times[0], "label")}) takes ` +
    `${measured(value(times[0], "spread.p50") / value(own, "spread.p50"))} times as long as Tickfan, the slowest (${text(times.at(-1), "label")}) ` +
    `${measured(value(times.at(-1), "spread.p50") / value(own, "spread.p50"))} times.`
  );
}

function verdictTable(verdicts) {
  const rows = verdicts.map((v) => [
    make(
      "span",
      { class: `word ${["PASS", "FAIL"].includes(v.verdict) ? v.verdict : "INVALID"}` },
      text(v, "verdict") || "INVALID",
    ),
    text(v, "text") || text(v, "goal"),
    shown(at(v, "value")),
    typeof v.low === "number" && typeof v.high === "number"
      ? `${fixed(v.low, places(v.value))}–${fixed(v.high, places(v.value))}`
      : "",
    at(v, "limit") === undefined ? "" : `${v.better === "higher" ? "≥" : "≤"} ${plain(v.limit)}`,
    text(v, "unit"),
    text(v, "why"),
    v.demanded === false ? "no" : "yes",
  ]);
  return table(
    [
      { head: "verdict" },
      { head: "goal", wrap: true },
      { head: "measured" },
      { head: "quartiles" },
      { head: "limit" },
      { head: "unit", text: true },
      { head: "reason", wrap: true },
      { head: "decides here", text: true },
    ],
    rows,
    "Verdicts, one row per goal",
  );
}

function regressionPart(regressions) {
  if (!regressions.length)
    return [
      make("h2", { id: "regressions" }, "Regressions"),
      make("p", {}, "None: nothing is worse than the baseline by more than the noise of both runs."),
    ];
  return [
    make("h2", { id: "regressions" }, "Regressions"),
    make("p", {}, "Worse than the stored baseline by more than the noise of both runs."),
    table(
      [{ head: "what" }, { head: "baseline" }, { head: "now" }, { head: "worse by, %" }, { head: "noise, %" }],
      regressions.map((r) =>
        [
          text(r, "what"),
          shown(r.baseline),
          shown(r.now),
          shown(value(r, "worse_by") * 100),
          shown(value(r, "noise") * 100),
        ].map((cell) => cell || ""),
      ),
      "Regressions",
    ),
  ];
}

function method() {
  return [
    make("h2", { id: "method" }, "How it was measured"),
    make(
      "ul",
      {},
      make(
        "li",
        {},
        "Publisher and readers are programs of their own, each pinned to its own CPU. Times come from the CPU's counter, whose rate and whose difference between CPUs are checked first.",
      ),
      make(
        "li",
        {},
        "Open loop: when each tick is due is fixed beforehand. A late publisher cannot hide its lateness, because time is also counted from the due time, not only from the sending.",
      ),
      make(
        "li",
        {},
        "Everything that is compared takes turns, in short blocks, in an order drawn anew each round, between the same processes on the same CPUs. Ratios are taken within a round; then their middle and quartiles over the rounds.",
      ),
      make(
        "li",
        {},
        "The first tenth of a block warms up and is not counted. Blocks in which a program was pushed off its CPU are evaluated apart and shown apart (quiet and disturbed), never dropped.",
      ),
      make("li", {}, "The machine alone is measured before and after: noise below is what no program could avoid."),
    ),
  ];
}

function glossary() {
  return [
    make("h2", { id: "terms" }, "Terms"),
    table([{ head: "term" }, { head: "meaning", wrap: true }], GLOSSARY, "Terms"),
  ];
}
