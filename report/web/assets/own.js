// What is in no count of requests: transactions, requests by tag, figures of the script.

import { el, empty, renew } from "./dom.js";

export class Own {
  constructor(host) {
    this.tables = el("div");
    this.blank = empty("calm", "Nothing of the script's own", "Transactions, tags and figures of the script appear here as soon as it uses one.");
    host.replaceChildren(this.tables, this.blank);
  }

  update(frame) {
    const all = frame.own ?? [];
    this.blank.hidden = all.length > 0;
    const text = JSON.stringify(all);
    if (text === this.shown) return;
    this.shown = text;
    renew(this.tables, ...all.map(table));
  }
}

const table = (t) => el("section", { class: "own" }, el("h2", {}, t.title, " ", el("a", { class: "btn", href: `api/csv/${t.file}`, text: "CSV", "aria-label": `Download ${t.title} CSV`, download: "" })),
  el("div", { class: "card" }, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t.title }, el("table", {},
    el("thead", {}, el("tr", {}, ...t.heads.map((text, i) => el("th", { scope: "col", class: i === 0 ? "left" : null, text })))),
    el("tbody", {}, ...t.rows.map((row) => el("tr", {}, el("th", { scope: "row", class: "left opname", text: row[0] }), ...row.slice(1).map((text) => el("td", { text })))))))));
