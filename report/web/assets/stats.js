// The statistics of each operation: sortable, with a search.

import { el, empty, keep, opName, put } from "./dom.js";
import { bytes, int, ms, ofSuccesses, percent, short } from "./format.js";
import { legend, putMarked, signs } from "./marks.js";
import { Operation } from "./operation.js";
import { choosePlace, opKey, place } from "./place.js";
import { Timings } from "./timings.js";

/** A row from its compact form (row.go). */
export function toOperation(x) {
  const [method, name, requests, failures, size, rps, p50, p95, p99, p999, min, mean, max, signs] = x;
  return { method, name, requests, failures, size, rps, p50, p95, p99, p999, min, mean, max, signs };
}

const time = (key) => ({ value: (o) => o[key] ?? (o.requests > 0 ? Infinity : -1), text: (o) => ms(o[key], o.requests), bad: (o) => o[key] === null && o.requests > 0 });

const percentile = (key, title, hint) => ({ key, title, hint, ...time(key), signs: (o) => signs(o, key) });

const spread = (key) => ({ ...time(key), text: (o) => ofSuccesses(o[key], o.requests) });

const columns = [
  { key: "name", title: "Operation", left: true, value: (o) => `${o.name} ${o.method}` },
  { key: "requests", title: "Requests", value: (o) => o.requests, text: (o) => int(o.requests) },
  { key: "failures", title: "Failures", value: (o) => o.failures, text: (o) => int(o.failures), bad: (o) => o.failures > 0 },
  { key: "share", title: "Failed", value: (o) => o.failures / (o.requests || 1), text: (o) => percent(o.failures / (o.requests || 1)), bad: (o) => o.failures > 0 },
  percentile("p50", "p50", "ms; half of the requests were at least this fast"),
  percentile("p95", "p95", "ms; failures count as slower than every success"),
  percentile("p99", "p99", "ms"),
  percentile("p999", "p99.9", "ms"),
  { key: "spread", title: "p50 to p99", hint: "on one logarithmic scale for all operations", value: (o) => (o.p99 ?? Infinity) - (o.p50 ?? 0) },
  { key: "mean", title: "Average", hint: "ms; of the successes", ...spread("mean") },
  { key: "min", title: "Min", hint: "ms; of the successes", ...spread("min") },
  { key: "max", title: "Max", hint: "ms; of the successes", ...spread("max") },
  { key: "size", title: "Size", hint: "mean size of an answer", value: (o) => o.size / (o.requests || 1), text: (o) => bytes(o.size === null ? null : o.size / (o.requests || 1)) },
  { key: "rps", title: "req/s", hint: "mean of the time that the figures are of", value: (o) => o.rps, text: (o) => short(o.rps) },
  { key: "fails", title: "fail/s", hint: "as req/s", value: (o) => fails(o), text: (o) => short(fails(o)), bad: (o) => fails(o) > 0 },
];

const fails = (o) => (o.requests > 0 ? (o.rps * o.failures) / o.requests : 0);

export class Stats {
  constructor(host) {
    this.host = host;
    this.sort = { key: "failures", down: true };
    this.find = "";
    this.restore();
    this.build();
  }

  /** Takes what the address says. */
  restore() { Object.assign(this, { kind: place.kind ?? "", kinds: null }); }

  build() {
    this.tools = el("div", { class: "tools" });
    this.search = el("input", { class: "search", type: "search", placeholder: "Find an operation", "aria-label": "Find an operation", oninput: () => { this.find = this.search.value.toLowerCase(); this.draw(); } });
    this.heads = columns.map((c) => el("th", { scope: "col", class: c.left ? "left" : null },
      el("button", { type: "button", text: c.title, title: c.hint, onclick: () => this.sortBy(c) })));
    this.body = el("tbody");
    this.foot = el("tfoot");
    this.table = el("table", { class: "sortable" },
      el("caption", { class: "sr", text: "Statistics by operation, times in milliseconds" }),
      el("thead", {}, el("tr", {}, ...this.heads)), this.body, this.foot);
    this.card = el("div", { class: "card stats" }, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Statistics by operation" }, this.table));
    this.blank = empty("calm", "", "");
    this.legend = el("p", { class: "hint", text: "Response times in ms, from the intended start; “failed” where a percentile lies among the failures; average, min and max are of the successes." });
    this.signs = el("p", { class: "hint" });
    this.operation = new Operation(() => this.open(null));
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest("tr");
      if (row && getSelection().isCollapsed) this.open(opKey(row.op) === place.op ? null : row.op);
    });
    this.timings = new Timings();
    this.host.replaceChildren(this.tools, this.card, this.signs, this.legend, this.operation.node, this.timings.node, this.blank);
  }

  /** Takes a frame, and the time of the figures. */
  update(frame, base) {
    Object.assign(this, { frame, base });
    const kinds = (frame.kinds ?? []).map((k) => k.name);
    if (JSON.stringify(kinds) !== this.kinds) this.filter(kinds);
    this.draw();
  }

  /** Opens an operation below the table; null closes it. */
  open(op) {
    const last = place.op;
    choosePlace({ op: op && opKey(op) });
    this.draw();
    if (op) this.operation.node.scrollIntoView({ block: "nearest" });
    else [...this.body.rows].find((row) => opKey(row.op) === last)?.querySelector("button").focus({ preventScroll: true });
  }

  /** Builds the choice of kinds of users. */
  filter(kinds) {
    this.kinds = JSON.stringify(kinds);
    if (!kinds.includes(this.kind)) this.kind = "";
    const kind = el("select", { class: "search", "aria-label": "Kind of users", onchange: () => { this.kind = kind.value; choosePlace({ kind: this.kind || null }); this.draw(); } },
      el("option", { value: "", text: "All kinds of users" }), ...kinds.map((name) => el("option", { value: name, text: name })));
    kind.value = this.kind;
    this.tools.replaceChildren(...(kinds.length > 0 ? [kind] : []), this.search);
  }

  sortBy(column) {
    const down = this.sort.key === column.key ? !this.sort.down : !column.left;
    this.sort = { key: column.key, down };
    this.draw();
  }

  draw() {
    const all = this.base.rows();
    const total = all.pop();
    const some = total !== undefined && (all.length > 0 || total.requests > 0);
    const over = this.frame.state === "stopped";
    put(this.blank.querySelector("h2"), over ? "Nothing measured" : "No requests yet");
    put(this.blank.querySelector("p"), over ? "No request was answered in this run, or its figures were reset." : "Figures appear here as soon as the first request has been answered.");
    this.card.hidden = this.legend.hidden = !some;
    this.blank.hidden = some;
    this.timings.update(some ? this.frame.timings : undefined);
    if (!some) return this.operation.show(null);
    columns.forEach((c, i) => {
      if (c.key === this.sort.key) this.heads[i].setAttribute("aria-sort", this.sort.down ? "descending" : "ascending");
      else this.heads[i].removeAttribute("aria-sort");
    });
    this.scale(all);
    const rows = this.sorted(all.filter((o) => `${o.method} ${o.name}`.toLowerCase().includes(this.find) && (this.kind === "" || `${o.method} `.startsWith(`${this.kind} `))));
    keep(this.body, rows, (o) => `${o.method}\n${o.name}`, (o) => this.line(o, true), (node, o) => this.fill(node, o));
    const used = legend([...rows, total].flatMap((o) => columns.map((c) => c.signs?.(o) ?? "")).join(""));
    put(this.signs, used);
    this.signs.hidden = used === "";
    this.operation.show(this.frame.ops.slice(0, -1).map(toOperation).find((o) => opKey(o) === place.op) ?? null, this.frame);
    keep(this.foot, [{ ...total, method: "", name: "All operations" }], () => "all", (o) => this.line(o, false), (node, o) => this.fill(node, o));
  }

  /** The rows in the order of the chosen column, then by their names. */
  sorted(rows) {
    const compare = (value) => (a, b) => { const [x, y] = [value(a), value(b)]; return x < y ? -1 : x > y ? 1 : 0; };
    const chosen = compare(columns.find((c) => c.key === this.sort.key).value);
    const byName = compare(columns[0].value);
    const sign = this.sort.down ? -1 : 1;
    return rows.sort((a, b) => sign * chosen(a, b) || byName(a, b));
  }

  /** The common scale of the spreads: from the fastest p50 to the slowest p99, or p95 where a p99 lies among the failures. */
  scale(rows) {
    const values = rows.flatMap((o) => [o.p50, o.p95, o.p99]).filter((v) => v > 0);
    this.low = Math.log(Math.min(...values, Infinity));
    this.high = Math.log(Math.max(...values, 0));
  }

  share(v) {
    if (v === null) return 1;
    return this.high > this.low ? Math.min(1, Math.max(0, (Math.log(v) - this.low) / (this.high - this.low))) : 0.5;
  }

  /** A row; the name of one that opens is a button. */
  line(o, opens) {
    const text = opName(o.method, o.name);
    const name = el("th", { scope: "row", class: "left opname" }, ...(opens ? [el("button", { type: "button", class: "opens", "aria-controls": "operation", title: "Show it over time" }, ...text)] : text));
    const cells = columns.slice(1).map((c) => {
      if (c.key !== "spread") return el("td");
      return el("td", {}, el("span", { class: "range" }, el("i"), el("i"), el("b")));
    });
    return el("tr", {}, name, ...cells);
  }

  fill(node, o) {
    node.op = o;
    node.querySelector("button")?.setAttribute("aria-expanded", String(opKey(o) === place.op));
    node.classList.toggle("is-failing", o.failures > 0);
    columns.forEach((c, i) => {
      if (i === 0) return;
      const cell = node.children[i];
      if (c.key === "spread") return this.spread(cell.firstChild, o);
      if (c.signs) putMarked(cell, c.text(o), c.signs(o));
      else put(cell, c.text(o));
      cell.classList.toggle("bad", c.bad?.(o) ?? false);
    });
  }

  spread(node, o) {
    node.hidden = o.p50 === null && o.p99 === null;
    const places = [[o.p50, o.p99], [o.p50, o.p95], [o.p50, o.p50]];
    places.forEach(([a, b], i) => {
      node.children[i].style.setProperty("--a", this.share(a).toFixed(3));
      node.children[i].style.setProperty("--b", this.share(b).toFixed(3));
    });
  }
}
