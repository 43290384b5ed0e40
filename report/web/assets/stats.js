// The statistics of each operation: sortable, by phase, with a search.

import { chips, el, empty, get, keep, opName, put } from "./dom.js";
import { bytes, int, ms, ofSuccesses, percent, short } from "./format.js";

/** A row from its compact form (frame.go, appendLive). */
export function toOperation(x) {
  const [method, name, requests, failures, size, rps, now, nowFailed, p50, p95, p99, p999, min, mean, max] = x;
  return { method, name, requests, failures, size, rps, now, nowFailed, p50, p95, p99, p999, min, mean, max };
}

const time = (key) => ({ value: (o) => o[key] ?? (o.requests > 0 ? Infinity : -1), text: (o) => ms(o[key], o.requests), bad: (o) => o[key] === null && o.requests > 0 });

const spread = (key) => ({ ...time(key), text: (o) => ofSuccesses(o[key], o.requests) });

const columns = [
  { key: "name", title: "Operation", left: true, value: (o) => `${o.name} ${o.method}` },
  { key: "requests", title: "Requests", value: (o) => o.requests, text: (o) => int(o.requests) },
  { key: "failures", title: "Failures", value: (o) => o.failures, text: (o) => int(o.failures), bad: (o) => o.failures > 0 },
  { key: "share", title: "Failed", value: (o) => o.failures / (o.requests || 1), text: (o) => percent(o.failures / (o.requests || 1)), bad: (o) => o.failures > 0 },
  { key: "p50", title: "p50", hint: "ms; half of the requests were at least this fast", ...time("p50") },
  { key: "p95", title: "p95", hint: "ms; failures count as slower than every success", ...time("p95") },
  { key: "p99", title: "p99", hint: "ms", ...time("p99") },
  { key: "p999", title: "p99.9", hint: "ms", ...time("p999") },
  { key: "spread", title: "p50 to p99", hint: "on one logarithmic scale for all operations", value: (o) => (o.p99 ?? Infinity) - (o.p50 ?? 0) },
  { key: "mean", title: "Average", hint: "ms; of the successes", ...spread("mean") },
  { key: "min", title: "Min", hint: "ms; of the successes", ...spread("min") },
  { key: "max", title: "Max", hint: "ms; of the successes", ...spread("max") },
  { key: "size", title: "Size", hint: "mean size of an answer", value: (o) => o.size / (o.requests || 1), text: (o) => bytes(o.size / (o.requests || 1)) },
  { key: "now", title: "req/s", hint: "now; of a phase or a run that is over, its mean", value: (o) => o.now ?? o.rps, text: (o) => short(o.now ?? o.rps) },
  { key: "nowFailed", title: "fail/s", hint: "as req/s", value: (o) => fails(o), text: (o) => short(fails(o)), bad: (o) => fails(o) > 0 },
];

const fails = (o) => o.nowFailed ?? (o.requests > 0 ? (o.rps * o.failures) / o.requests : 0);

export class Stats {
  constructor(host) {
    this.host = host;
    this.sort = { key: "name", down: false };
    this.phase = "all";
    this.names = null;
    this.find = "";
    this.build();
  }

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
    this.legend = el("p", { class: "hint", text: "Response times in ms, from the intended start; “failed” where a percentile lies among the failures; average, min and max are of the successes. During the run, req/s and fail/s are of the last 5 s." });
    this.host.replaceChildren(this.tools, this.card, this.legend, this.blank);
  }

  /** Takes a frame. */
  update(frame) {
    this.frame = frame;
    const names = frame.phases.slice(0, frame.phase + 1).map((p) => p.name);
    if (names.join("\n") !== this.names) this.filter(names);
    if (frame.run !== this.run) Object.assign(this, { run: frame.run, phases: null });
    if (this.phase !== "all") this.fetch();
    else this.draw();
  }

  /** Builds the choice of phases. */
  filter(names) {
    this.names = names.join("\n");
    if (this.phase !== "all" && !names[this.phase]) this.phase = "all";
    const items = [["all", "Whole run"], ...names.map((n, i) => [String(i), n || `Phase ${i + 1}`])];
    const choice = chips("Phase", items, this.phase, (value) => { this.phase = value; this.update(this.frame); });
    this.tools.replaceChildren(...(names.length > 1 ? [choice] : []), el("span", { class: "spacer" }), this.search);
  }

  async fetch() {
    if (this.asked && Date.now() - this.asked < 1800 && this.phases && this.state === this.frame.state) return this.draw();
    Object.assign(this, { asked: Date.now(), state: this.frame.state });
    try { this.phases = await get("api/phases"); } catch { /* the banner says that the connection is lost */ }
    this.draw();
  }

  /** The rows on show, the aggregate last. */
  rows() {
    const over = this.frame.state === "stopped"; // what is now would be the last seconds of the run
    if (this.phase === "all") return this.frame.ops.map(toOperation).map((o) => (over ? { ...o, now: null, nowFailed: null } : o));
    return (this.phases?.[this.phase]?.operations ?? []).map(toOperation);
  }

  sortBy(column) {
    const down = this.sort.key === column.key ? !this.sort.down : !column.left;
    this.sort = { key: column.key, down };
    this.draw();
  }

  draw() {
    const all = this.rows();
    const total = all.pop();
    const some = total !== undefined && (all.length > 0 || total.requests > 0);
    const over = this.frame.state === "stopped";
    put(this.blank.querySelector("h2"), over ? "Nothing measured" : "No requests yet");
    put(this.blank.querySelector("p"), over ? "No request was answered in this run, or its figures were reset." : "Figures appear here as soon as the first request has been answered.");
    this.card.hidden = this.legend.hidden = !some;
    this.blank.hidden = some;
    if (!some) return;
    columns.forEach((c, i) => {
      if (c.key === this.sort.key) this.heads[i].setAttribute("aria-sort", this.sort.down ? "descending" : "ascending");
      else this.heads[i].removeAttribute("aria-sort");
    });
    this.scale(all);
    const rows = this.sorted(all.filter((o) => `${o.method} ${o.name}`.toLowerCase().includes(this.find)));
    keep(this.body, rows, (o) => `${o.method}\n${o.name}`, (o) => this.line(o, "th"), (node, o) => this.fill(node, o));
    keep(this.foot, [{ ...total, method: "", name: "All operations" }], () => "all", (o) => this.line(o, "th"), (node, o) => this.fill(node, o));
  }

  sorted(rows) {
    const { value } = columns.find((c) => c.key === this.sort.key);
    const sign = this.sort.down ? -1 : 1;
    return rows.sort((a, b) => { const [x, y] = [value(a), value(b)]; return sign * (x < y ? -1 : x > y ? 1 : 0); });
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

  line(o) {
    const name = el("th", { scope: "row", class: "left opname" }, ...opName(o.method, o.name));
    const cells = columns.slice(1).map((c) => {
      if (c.key !== "spread") return el("td");
      return el("td", {}, el("span", { class: "range" }, el("i"), el("i"), el("b")));
    });
    return el("tr", {}, name, ...cells);
  }

  fill(node, o) {
    columns.forEach((c, i) => {
      if (i === 0) return;
      const cell = node.children[i];
      if (c.key === "spread") return this.spread(cell.firstChild, o);
      put(cell, c.text(o));
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
