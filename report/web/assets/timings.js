// What requests waited for, by operation: one bar each, of the parts of its mean response time.

import { el, opName, put, renew } from "./dom.js";

const svg = (name, attributes, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  node.append(...children);
  return node;
};

export class Timings {
  constructor() {
    this.said = el("p", { class: "muted" });
    this.table = el("table", { class: "timings" });
    this.more = el("p", { class: "hint" });
    this.node = el("section", { id: "timings", "aria-labelledby": "timings-name", hidden: true },
      el("h2", { id: "timings-name" }, "What requests waited for ", el("small", { text: "whole run, ms; mean over all requests, below it the p95; failures too" })),
      this.said,
      el("div", { class: "card" }, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "What requests waited for" }, this.table)),
      this.more);
  }

  /** t: see page.Timings; undefined where nothing was measured. */
  update(t) {
    this.node.hidden = !t;
    const text = JSON.stringify(t);
    if (!t || text === this.shown) return;
    this.shown = text;
    put(this.said, t.said);
    put(this.more, `Late: the generator, or earlier requests of the same user. Blocked: too few connections. Connecting and TLS: the network, and connections that are not kept. Waiting: the target. Receiving: the network, or large answers.${t.more ? ` ${t.more}` : ""}`);
    renew(this.table,
      el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "left", text: "Operation" }), el("th", { scope: "col", class: "left", text: "Mean" }),
        ...t.parts.map((p) => el("th", { scope: "col", title: p.means }, el("i", { class: `part is-${p.class}` }), p.name)))),
      el("tbody", {}, ...t.rows.map(row)));
  }
}

const row = (r) => el("tr", {},
  el("th", { scope: "row", class: "left opname" }, ...(r.name ? opName(r.method, r.name) : ["All operations"])),
  el("td", {}, svg("svg", { class: "parts", "aria-hidden": "true" },
    ...r.bars.map((b) => svg("rect", { class: `part is-${b.class}`, x: b.from, width: b.width, height: "100%" })))),
  ...r.cells.map((c) => el("td", {}, c.mean, c.p95 ? el("span", { class: "sub", text: c.p95 }) : null)));
