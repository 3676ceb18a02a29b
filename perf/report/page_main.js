/* SPDX-License-Identifier: Apache-2.0 */
/* The page from top to bottom. */

function measurementPart(m, index) {
  const rows = list(m, "rows"),
    skipped = rows.filter((row) => text(row, "skipped")),
    tables = [...measurementTables(rows, false), ...longestGaps(rows)],
    open = measurementTables(rows, true),
    figures = measurementFigures(m, rows);
  const setup = Object.entries(at(m, "setup") || {})
    .map(([key, v]) => [
      words(key),
      Array.isArray(v) ? (v.length > 8 ? `${v.length} of them` : v.map((x) => plain(x)).join(", ")) : plain(v),
    ])
    .filter(([, v]) => v);
  return make(
    "section",
    {},
    make("h2", { id: `m${index}` }, text(m, "title") || text(m, "measurement")),
    make("p", {}, text(m, "explains")),
    setup.length ? make("p", { class: "soft small" }, setup.map(([key, v]) => `${key} ${v}`).join(" · ")) : "",
    ...list(m, "notes")
      .filter((note) => typeof note === "string")
      .map((note) => make("p", { class: "small" }, `Note: ${note}`)),
    rows.length || at(m, "model") ? "" : make("p", { class: "soft" }, "Nothing was measured."),
    make("div", { class: "figures" }, ...figures),
    at(m, "model") ? modelPart(m.model) : "",
    ...open,
    tables.length
      ? make(
          "details",
          { open: !open.length && !figures.length },
          make("summary", {}, "all other numbers as tables"),
          ...tables,
        )
      : "",
    ...(skipped.length
      ? [
          make("h3", {}, "Not measured, and why"),
          table(
            [{ head: "" }, { head: "reason", wrap: true }],
            skipped.map((row) => [rowName(row), text(row, "skipped")]),
            "Not measured",
          ),
        ]
      : []),
  );
}

function page(result) {
  const verdicts = list(result, "verdicts"),
    word = overall(result),
    measurements = list(result, "measurements"),
    unfit = list(result, "unfit").filter((why) => typeof why === "string");
  const reasons = unfit.filter((why) => !why.startsWith("note: ")),
    remarks = unfit.filter((why) => why.startsWith("note: "));
  const found = findings(result);
  const links = [
    ...measurements.map((m, index) => [`m${index}`, text(m, "title") || text(m, "measurement")]),
    at(result, "regressions") && ["regressions", "Regressions"],
    ["machine", "The machine"],
    ["method", "How it was measured"],
    ["terms", "Terms"],
  ].filter(Boolean);
  const main = document.querySelector("main");
  main.append(
    make("h1", {}, "Tickfan performance report"),
    make(
      "p",
      { class: "soft" },
      [
        text(result, "command") && `tickfan perf ${text(result, "command")}`,
        text(result, "started"),
        text(result, "machine.hostname"),
      ]
        .filter(Boolean)
        .join(" · "),
    ),
    make(
      "div",
      { class: `box ${word}` },
      make(
        "p",
        { class: "lead" },
        word ? make("span", { class: `word ${word}` }, `${word}. `) : "",
        verdictSentence(result),
      ),
      found.length ? make("ul", {}, ...found.map((sentence) => make("li", {}, sentence))) : "",
      reasons.length
        ? make(
            "p",
            {},
            make("strong", {}, "This machine is not fit to judge absolute goals: "),
            `${reasons.join("; ")}.`,
          )
        : "",
      ...remarks.map((why) => make("p", { class: "small" }, `Note: ${why.slice(6)}.`)),
      text(result, "inject")
        ? make(
            "p",
            {},
            make("strong", {}, "A self-test: "),
            `the fault "${text(result, "inject")}" was injected on purpose; these are not the numbers of a normal run.`,
          )
        : "",
      text(result, "incomplete") ? make("p", {}, make("strong", {}, "Incomplete: "), text(result, "incomplete")) : "",
    ),
    verdicts.length ? verdictTable(verdicts) : "",
    make(
      "nav",
      { "aria-label": "Contents" },
      make("ul", {}, ...links.map(([id, name]) => make("li", {}, make("a", { href: `#${id}` }, name)))),
    ),
    ...measurements.map(measurementPart),
    at(result, "model") ? make("section", {}, make("h2", {}, "Model"), modelPart(result.model)) : "",
    ...(at(result, "regressions") ? regressionPart(list(result, "regressions")) : []),
    ...machinePart(result),
    ...method(),
    ...glossary(),
  );
  for (const render of DRAWN) render();
}

page(JSON.parse(document.getElementById("result").textContent));
document.documentElement.dataset.ready = "yes";
