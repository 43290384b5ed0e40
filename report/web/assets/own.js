// What is in no count of requests: transactions, requests by tag, figures of the script.

import { el, empty, renew } from "./dom.js";
import { legend, marked, parted } from "./marks.js";

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

const ranked = (head) => /^p\d/.test(head); // the columns of percentiles

function table(t) {
  const signed = t.file !== "figures"; // those of figures have no signs
  const failing = new Set(t.failing ?? []);
  const parts = t.rows.map((row) => row.map((text, i) => (signed && ranked(t.heads[i]) ? parted(text) : [text, ""])));
  const used = legend(parts.flat().map(([, signs]) => signs).join(""));
  const cell = (row, i, text, signs) => el("td", { class: failing.has(row) && t.heads[i] === "Failed" ? "bad" : null }, ...marked(text, signs));
  return el("section", { class: "own" }, el("h2", {}, t.title, " ", el("a", { class: "btn", href: `api/csv/${t.file}`, text: "CSV", "aria-label": `Download ${t.title} CSV`, download: "" })),
    el("div", { class: "card" }, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t.title }, el("table", {},
      el("thead", {}, el("tr", {}, ...t.heads.map((text, i) => el("th", { scope: "col", class: i === 0 ? "left" : null, text })))),
      el("tbody", {}, ...parts.map((row, n) => el("tr", { class: failing.has(n) ? "is-failing" : null }, el("th", { scope: "row", class: "left opname", text: row[0][0] }),
        ...row.slice(1).map(([text, signs], i) => cell(n, i + 1, text, signs)))))))),
    ...(used ? [el("p", { class: "hint", text: used })] : []));
}
