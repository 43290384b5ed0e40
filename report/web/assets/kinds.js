// How many users of each kind the next run has: weights and fixed counts.

import { el } from "./dom.js";
import { percent } from "./format.js";

export class Mix {
  /** kinds have the name, weight and fixed count of each; a count of 0 means by weight. */
  constructor(kinds) {
    this.rows = kinds.map(({ name, weight, count }) => ({ name, weight: number(`Weight of ${name}`, "any", weight), count: number(`Fixed count of ${name}`, 1, count || ""), part: el("td", { class: "num muted" }) }));
    for (const r of this.rows) r.kept = this.body(r);
    this.node = el("details", { class: "mix" }, el("summary", { text: "Users by kind" }),
      el("table", {}, el("thead", {}, el("tr", {}, ...["Kind", "Weight", "Fixed count", "Users"].map((text) => el("th", { scope: "col", text })))),
        el("tbody", {}, ...this.rows.map((r) => el("tr", {}, el("th", { scope: "row", text: r.name }), el("td", {}, r.weight), el("td", {}, r.count), r.part)))),
      el("p", { class: "hint", text: "Fixed counts come first; the others share by weight. It holds for the starts from now on. A phase that has its own shares keeps them." }));
    this.refresh();
  }

  /** What POST /user takes of a row. */
  body(r) {
    const of = { user_class_name: r.name };
    return JSON.stringify(Number(r.count.value) > 0 ? { ...of, fixed_count: Number(r.count.value) } : { ...of, weight: Number(r.weight.value) });
  }

  refresh() {
    const counted = (r) => Number(r.count.value) > 0;
    const whole = this.rows.reduce((sum, r) => sum + (counted(r) ? 0 : Number(r.weight.value)), 0);
    for (const r of this.rows) {
      r.weight.disabled = counted(r);
      r.part.textContent = counted(r) ? `${r.count.value} always` : whole > 0 ? `${percent(Number(r.weight.value) / whole)} of the rest` : "–";
    }
  }

  /** What is wrong with the fields; "" for nothing. */
  problem() {
    const r = this.rows.find((r) => !r.count.validity.valid || !(r.weight.disabled || (r.weight.value !== "" && r.weight.validity.valid)));
    return r ? `Users by kind: give ${r.name} a weight of 0 or more, or a whole number of users.` : "";
  }

  /** Sends what has changed; returns why it was refused, "" where it was not. */
  async send() {
    for (const r of this.rows) {
      const body = this.body(r);
      if (body === r.kept) continue;
      const answer = await fetch("user", { method: "POST", body, headers: { "Content-Type": "application/json", Accept: "application/json" } });
      if (!answer.ok) return (await answer.json()).message;
      r.kept = body;
    }
    return "";
  }
}

const number = (label, step, value) => el("input", { type: "number", "aria-label": label, min: 0, step, value, autocomplete: "off", inputmode: "decimal" });
