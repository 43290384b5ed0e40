// What the phases of a run that is over say: the verdict, effects as intervals, recovery.

import { svg } from "./chart.js";
import { el } from "./dom.js";

/** The section of an answer of api/effect; below, if not null, stands right below the verdict, where there is one. */
export function effectSection(answer, below) {
  if (!answer.view) return answer.why ? el("p", { class: "note is-plain", text: `No effect is given: ${answer.why}.` }) : null;
  const { view } = answer;
  const known = view.recovery.filter((x) => x.known);
  const changed = ["worse", "better", "changed"].includes(view.kind);
  const row = view.primary?.rows[0];
  return el("section", { class: "effect", "aria-label": "Effect" },
    el("div", { class: `card verdict-card is-${view.kind}` },
      el("p", { class: "about", text: view.about }),
      el("h2", { class: "headline" }, el("strong", { text: view.word }), view.rest),
      el("p", { class: "muted", text: view.values }),
      row?.from ? el("div", { class: "fx-wide" }, interval(view.primary, row), axis(view.primary)) : null,
      list([...view.lines, ...(changed ? known.slice(0, 1).map((x) => x.sentence) : [])]),
      ...view.warnings.map((text) => el("p", { class: "note", text })),
      view.caveat ? el("p", { class: "muted", text: view.caveat }) : null,
      el("div", { class: "arms" }, ...view.arms.map((text) => el("p", { class: "faint small", text })))),
    below, ...view.forests.map(table),
    known.length > 0 ? el("div", { class: "card" }, el("header", {}, el("h2", { text: "Recovery" })), el("div", { class: "lines is-list" }, list(known.map((x) => x.sentence)))) : null);
}

const list = (lines) => (lines.length > 0 ? el("ul", { class: "lines" }, ...lines.map((text) => el("li", { text }))) : null);

/** Effects below each other on one axis. */
function table(forest) {
  const heads = [forest.head, ...forest.sides, null, "Change", "Interval", "Finds 4 in 5", "Level", "Verdict"];
  return el("div", { class: "card" }, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": forest.caption }, el("table", { class: "forest" },
    el("caption", { text: forest.caption }),
    el("thead", {}, el("tr", {}, ...heads.map((h, i) => (h === null
      ? el("th", { scope: "col", class: "fx-cell" }, el("span", { class: "sr", text: forest.axis }), axis(forest))
      : el("th", { scope: "col", class: i === 0 || i === 8 ? "left" : i < 3 ? "broad" : null, text: h }))))),
    el("tbody", {}, ...forest.rows.map((row) => line(forest, row))))),
  forest.more > 0 ? el("p", { class: "muted small", text: `${forest.more} more operations are in the summary file.` }) : null);
}

function line(forest, row) {
  const name = el("th", { scope: "row", class: "left opname" });
  if (!forest.title) name.append(row.metric);
  else name.append(...(row.method ? [el("span", { class: "method", text: row.method }), " "] : []), row.name || "All operations");
  if (row.primary) name.append(" ", el("span", { class: "tag", text: "primary" }));
  if (row.baseline) name.append(el("span", { class: "sub narrow", text: `${row.baseline} → ${row.intervention}` }));
  const limits = row.reason
    ? [el("td", { class: "left wrap reason-why", colspan: 3, text: row.reason })]
    : [el("td", { text: row.change }), el("td", {}, row.limits, row.difference ? el("span", { class: "sub", text: row.difference }) : null),
      el("td", { text: row.mde, title: "the smallest effect that a run like this one finds 4 times in 5" })];
  return el("tr", { class: row.primary ? "is-primary" : null }, name,
    el("td", { class: "broad", text: row.baseline }), el("td", { class: "broad", text: row.intervention }), el("td", { class: "fx-cell" }, interval(forest, row)),
    ...limits, el("td", { text: row.level }), el("td", { class: `left fx-verdict is-${row.kind}`, text: row.verdict }));
}

/** One effect: its interval and its estimate. */
function interval(forest, row) {
  const node = svg("svg", { class: `fx is-${row.kind}${row.primary ? " is-primary" : ""}`, "aria-hidden": "true" },
    svg("line", { class: "fx-zero", x1: forest.zero, x2: forest.zero, y1: 0, y2: "100%" }));
  if (!row.from) return node;
  const end = (x, d) => svg("svg", { class: "fx-end", x, y: "50%" }, svg("path", { d }));
  node.append(svg("line", { class: "fx-line", x1: row.from, x2: row.to, y1: "50%", y2: "50%" }),
    end(row.from, row.open_low ? "M6-4L1 0L6 4" : "M0-4V4"), end(row.to, row.open_high ? "M-6-4L-1 0L-6 4" : "M0-4V4"));
  if (row.at) node.append(svg("circle", { class: "fx-dot", cx: row.at, cy: "50%", r: 4 }));
  return node;
}

const axis = (forest) => svg("svg", { class: "fx-axis", "aria-hidden": "true" }, ...forest.ticks.map((t) => svg("text", { x: t.at, y: 11 }, t.text)));
