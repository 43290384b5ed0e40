// The claims: where they stand during a run, and their outcomes.

import { el } from "./dom.js";

/** The section of an answer of api/claims; null without claims. */
export function claimsSection(answer) {
  if (!answer?.view) return null;
  const { sum, broken, rows } = answer.view;
  return el("section", { class: "card claims", "aria-label": "Claims" },
    el("header", {}, el("h2", { text: "Claims" }), el("p", { class: broken ? "bad" : null, text: sum })),
    el("ul", { class: "lines is-list" }, ...rows.map((r) => el("li", {},
      el("span", { class: `outcome is-${r.kind}`, text: r.outcome }),
      el("div", {}, el("b", { text: r.text }), el("p", { class: "muted", text: r.said }), ...r.notes.map((n) => el("p", { class: "faint small", text: n })))))));
}
