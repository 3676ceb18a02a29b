/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a measurement, and those of the machine. */

/* What tables a measurement has: where its numbers are, and their columns as [head, path, how]. */
const HISTOGRAM = [
  ["p50", "p50"],
  ["p90", "p90"],
  ["p99", "p99"],
  ["p99.9", "p99_9"],
  ["p99.99", "p99_99"],
  ["max", "max"],
  ["count", "count", "count"],
];
const TABLES = [
  {
    title: "Latency, ns",
    sources: [
      ["sent", "latency.from_sent"],
      ["due", "latency.from_due"],
      ["sent, to the last reader", "latency.last_reader"],
      ["sent, disturbed blocks too", "latency.all.from_sent"],
      ["due, disturbed blocks too", "latency.all.from_due"],
    ],
    which: "from",
    fields: HISTOGRAM,
  },
  {
    title: "Ratio: median (quartiles) over the rounds",
    sources: [
      ["all", "ratio"],
      ["near", "ratio.near"],
      ["far", "ratio.far"],
    ],
    which: "rounds",
    fields: [
      ["to", "to", "text"],
      ["p50, ×", "p50"],
      ["p99, ×", "p99"],
      ["rate, ×", "rate"],
      ["time in send(), ×", "send_ns"],
    ],
  },
  {
    title: "Over the rounds, ns: median (quartiles)",
    sources: [["", "spread"]],
    fields: [
      ["p50", "p50"],
      ["p99", "p99"],
      ["last reader p50", "last_p50"],
      ["last reader p99", "last_p99"],
    ],
  },
  {
    title: "Rate: median (quartiles) over the rounds",
    sources: [["", "rate"]],
    fields: [
      ["M/s", "per_second", 1e-6],
      ["near, M/s", "near", 1e-6],
      ["far, M/s", "far", 1e-6],
      ["GB/s", "bytes_per_second", 1e-9],
      ["all readers, M/s", "deliveries_per_second", 1e-6],
    ],
  },
  {
    title: "Time in send() per message, ns: median (quartiles) over the rounds",
    sources: [["", ""]],
    fields: [["ns", "send_ns"]],
  },
  {
    title: "Cost per message",
    open: true,
    sources: [["", ""]],
    needs: "cost",
    fields: [
      ["ns", "cost.ns"],
      ["ns in send()", "send_ns"],
      ["instructions", "cost.instructions"],
      ["cycles", "cost.cycles"],
      ["counted by", "cost.source", "text"],
    ],
  },
  {
    title: "Wake-up, ns",
    open: true,
    sources: [["", "wake"]],
    fields: [
      ...HISTOGRAM.map(([head, path, how]) => [head, `latency.${path}`, how]),
      ["CPU while idle, %", "cpu_share_idle", 100],
      ["publisher's helper, %", "helper_cpu_share_idle", 100],
    ],
  },
  {
    title: "Until the last reader has it, ns",
    open: true,
    sources: [["", "fanout"]],
    fields: [
      ...HISTOGRAM.map(([head, path, how]) => [head, `last.${path}`, how]),
      ["worst to median reader, ×", "worst_to_median"],
      ["by p99, ×", "worst_to_median_p99"],
    ],
  },
  {
    title: "Decoding",
    open: true,
    sources: [["", "decode"]],
    fields: [
      ["M messages/s", "messages_per_second", 1e-6],
      ["GB/s", "bytes_per_second", 1e-9],
      ["memcpy, M messages/s", "memcpy_messages_per_second", 1e-6],
      ["instructions per message", "instructions"],
      ["counted by", "source", "text"],
    ],
  },
  { title: "Published later than due, ns", open: true, sources: [["", "pacing"]], fields: HISTOGRAM },
  {
    title: "Memory",
    open: true,
    sources: [["", "memory"]],
    fields: [
      ["page", "page_bytes", "bytes"],
      ["backing", "backing", "text"],
      ["node", "node", "count"],
      ["ns per line", "ns_per_line"],
      ["TLB misses per line", "tlb_misses"],
    ],
  },
  {
    title: "Time that the machine took: gaps, ns",
    open: true,
    sources: [["", "noise"]],
    fields: [
      ["CPU", "cpu", "count"],
      ["p50", "gap_ns_p50"],
      ["p99", "gap_ns_p99"],
      ["max", "gap_ns_max"],
      ["gaps above 20 µs", "gaps", "count"],
      ["away, %", "away_share", 100],
      ["stolen by the host, %", "steal_share", 100],
      ["preemptions", "preemptions", "count"],
    ],
  },
  {
    title: "Counts, and blocks",
    sources: [["", ""]],
    fields: [
      ["sent", "counts.sent", "count"],
      ["received", "counts.received", "count"],
      ["lost", "counts.lost", "count"],
      ["torn", "counts.torn", "count"],
      ["quiet blocks", "blocks.quiet", "count"],
      ["disturbed", "blocks.disturbed", "count"],
      ["near", "blocks.near", "count"],
      ["far", "blocks.far", "count"],
    ],
  },
];

/* When the machine took longest. */
function longestGaps(rows) {
  const lines = rows.flatMap((row) => {
    const gaps = list(row, "longest").filter((gap) => Array.isArray(gap) && gap.every(Number.isFinite));
    return gaps.map(([second, ns], index) => [index ? "" : rowName(row), measured(second), measured(ns)]);
  });
  const columns = [{ head: "" }, { head: "at, s" }, { head: "length, ns" }];
  return lines.length ? [make("h3", {}, "The longest gaps"), table(columns, lines, "The longest gaps")] : [];
}

/* The kinds that lie open on the page, or those that are folded away. */
function measurementTables(rows, open) {
  return TABLES.filter((kind) => Boolean(kind.open) === open).flatMap((kind) => {
    const has = (row, path) =>
      (!kind.needs || at(row, kind.needs)) &&
      kind.fields.some(([, key, how]) => how !== "text" && at(at(row, path), key) !== undefined);
    const lines = rows.flatMap((row) =>
      kind.sources
        .filter(([, path]) => has(row, path))
        .map(([name, path], index) => [
          index ? "" : rowName(row),
          name,
          ...kind.fields.map(([, key, how]) => cellOf(at(at(row, path), key), how)),
        ]),
    );
    if (!lines.length) return [];
    const columns = [
      { head: "" },
      { head: kind.which || "", text: true },
      ...kind.fields.map(([head, , how]) => ({ head, text: how === "text" })),
    ];
    return [make("h3", {}, kind.title), table(columns, lines, kind.title)];
  });
}

function cellOf(found, how) {
  if (how === "count") return plain(found);
  if (how === "bytes") return typeof found === "number" ? bytes(found) : "";
  return shown(found, typeof how === "number" ? how : 1);
}

function machinePart(result) {
  const m = at(result, "machine") || {},
    clock = at(result, "clock") || {};
  const l3 = list(m, "caches").find((cache) => cache.level === 3),
    pages = Object.entries(at(m, "huge_pages") || {}).map(
      ([size, pool]) => `${size}: ${plain(at(pool, "free"))} free of ${plain(at(pool, "total"))}`,
    );
  const facts = [
    ["CPU", text(m, "cpu")],
    ["sockets, cores, CPUs", [m.sockets, m.cores, m.cpus].map((v) => plain(v) || "?").join(", ")],
    ["CPUs this run might use", plain(m.cpus_allowed)],
    [
      "NUMA nodes",
      list(m, "nodes")
        .map((node) => `${plain(node.node)}: CPUs ${plain(node.cpus)}`)
        .join("; "),
    ],
    ["third-level cache", l3 ? `${bytes(l3.size_bytes)} for ${counted(l3.shared_by, "CPU", "CPUs")}` : ""],
    ["two threads per core", plain(m.smt)],
    ["hypervisor", text(m, "hypervisor")],
    ["kernel", text(m, "kernel")],
    ["kernel command line", text(m, "command_line")],
    ["governor", text(m, "governor")],
    ["isolated CPUs", text(m, "isolated")],
    ["huge pages", pages.join("; ")],
    ["transparent huge pages", text(m, "thp")],
    ["memory", m.memory_bytes ? bytes(m.memory_bytes) : ""],
    ["load", shown(m.load_1m)],
    [
      "clock",
      clock.source
        ? `${clock.source}${clock.hz ? ` at ${(clock.hz / 1e9).toFixed(4)} GHz` : ""}, ${clock.usable ? "usable" : "NOT USABLE"}${clock.why ? `: ${clock.why}` : ""}`
        : "",
    ],
    [
      "clock skew between CPUs",
      clock.skew_ns_max !== undefined
        ? `at most ${time(clock.skew_ns_max)}, known to ${time(clock.skew_bound_ns)}`
        : "",
    ],
    ["machine id", text(m, "id")],
    ["Tickfan", `${text(result, "version")} ${text(result, "compiler")}${result.static ? ", static" : ""}`.trim()],
    [
      "run",
      `${text(result, "started")}${result.rounds ? `, ${counted(result.rounds, "round", "rounds")}` : ""}${result.seconds ? `, ${shown(result.seconds)} s` : ""}${result.seed !== undefined ? `, seed ${plain(result.seed)}` : ""}`,
    ],
  ];
  const noise = [
    ["before", "noise.before"],
    ["after", "noise.after"],
  ].flatMap(([when, path]) =>
    list(result, path).map((n) => [
      `CPU ${plain(n.cpu)}, ${when}`,
      shown(n.gap_ns_p50),
      shown(n.gap_ns_p99),
      shown(n.gap_ns_max),
      shown(n.away_share * 100),
      shown(n.steal_share * 100),
      plain(n.preemptions),
    ]),
  );
  const factTable = table(
    [{ head: "fact" }, { head: "value", wrap: true }],
    facts.filter(([, v]) => v),
    "Facts of the machine",
  );
  factTable.classList.add("facts");
  return [
    make("h2", { id: "machine" }, "The machine"),
    factTable,
    noise.length ? make("h3", {}, "Noise: time that the machine took from a program that does nothing") : "",
    noise.length
      ? table(
          [
            { head: "" },
            { head: "gap p50, ns" },
            { head: "gap p99, ns" },
            { head: "longest gap, ns" },
            { head: "away, %" },
            { head: "stolen by the host, %" },
            { head: "preemptions" },
          ],
          noise,
          "Noise",
        )
      : "",
  ];
}
