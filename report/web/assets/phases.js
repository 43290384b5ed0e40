// Phases side by side, or the one that a plain run is.

import { claimsSection } from "./claims.js";
import { chips, el, empty, get, opName, renew } from "./dom.js";
import { effectSection } from "./effect.js";
import { change, int, ms, ofSuccesses, percent, short, words } from "./format.js";
import { legend, marked, signs } from "./marks.js";
import { choosePlace, opKey, place } from "./place.js";
import { toOperation } from "./stats.js";

// value is what a difference is taken of; null where one would mean nothing.
const figure = (title, value, text, hint) => ({ title, value: value ?? (() => null), text, hint });
const quantile = (key, title) => ({ ...figure(title, (p) => p.op[key], (p) => ms(p.op[key], p.op.requests), "ms"), signs: (p) => (p.op.requests > 0 ? signs(p.op, key) : "") });
const spread = (key, title) => figure(title, (p) => p.op[key], (p) => ofSuccesses(p.op[key], p.op.requests), "ms; of the successes");

const groups = [
  ["Load", [
    figure("Users", null, (p) => int(p.users), "of the plan"),
    figure("Kinds of users", null, (p) => (p.kinds ?? []).map((k) => `${k.count ? int(k.count) : percent(k.share)} ${k.name}`).join(", "), "shares of those without a fixed count"),
    figure("Users rested", null, (p) => (p.rested_s ? `${words(p.rested_s)} together` : "–"), "as the phase had no work left for them"),
    figure("Requests", null, (p) => int(p.op.requests)),
    figure("Requests/s", (p) => p.op.rps, (p) => short(p.op.rps)),
    figure("Throughput", (p) => p.op.rps * (1 - share(p.op)), (p) => short(p.op.rps * (1 - share(p.op))), "successes per second"),
    figure("Predicted tasks/s", (p) => (p.predicted?.unlimited ? null : p.predicted?.tasks_per_s),
      (p) => (p.predicted?.unlimited ? "as the target answers" : short(p.predicted?.tasks_per_s)), "steady, of all users"),
  ]],
  ["Failures", [
    figure("Failed", null, (p) => int(p.op.failures)),
    figure("Share", (p) => share(p.op), (p) => percent(share(p.op))),
  ]],
  ["Response time, ms", [
    quantile("p50", "p50"), quantile("p95", "p95"), quantile("p99", "p99"), quantile("p999", "p99.9"),
    spread("mean", "Average"), spread("max", "Max"),
  ]],
  ["Generator", [
    figure("Wake lag p99, ms", null, (p) => ms(p.late_ms.p99), "how late the generator itself was"),
    figure("Does p99 stand?", null, (p) => verdicts[p.all.trust.p99.verdict] ?? "–", "whether the generator was on time enough for this figure"),
  ]],
];

const verdicts = { ok: "yes", doubtful: "doubtful", "not measured": "not measured" };
const share = (o) => (o.requests > 0 ? o.failures / o.requests : null);

export class Phases {
  constructor(host) {
    this.host = host;
    this.base = 0;
    this.restore();
    renew(host, el("p", { class: "faint in-a-while", text: "Fetching the figures…" }));
  }

  /** Takes what the address says. */
  restore() { this.op = place.op ?? "all"; }

  /** Takes a frame and what the run came to, and fetches the figures of the phases. */
  async update(frame, _, outcome) {
    if (frame.run !== this.run) Object.assign(this, { run: frame.run, phases: null, asked: 0, base: 0 });
    this.outcome = outcome;
    this.live = frame.state !== "stopped";
    const news = outcome.version !== this.version;
    this.version = outcome.version;
    if (Date.now() - (this.asked ?? 0) < 1800 && frame.state === this.state) { // the last frame of a run has no next
      if (news) this.draw();
      return;
    }
    this.state = frame.state;
    this.asked = Date.now();
    try { this.phases = await get("api/phases"); } catch { return; } // the banner says that the connection is lost
    this.draw();
  }

  draw() {
    if (!this.phases || document.activeElement === this.host.querySelector("select")) return; // an open list would close
    if (this.phases.length === 0) {
      renew(this.host, empty("lines", "Nothing has run", "When a run has begun, its figures stand here."));
      return;
    }
    const parts = this.phases.map((p) => ({ ...p, op: this.pick(p) }));
    const many = this.phases.length > 1;
    const { effect: answer, judging } = this.outcome;
    const claims = claimsSection(this.outcome.claims);
    const effect = many && answer ? effectSection(answer, claims) : many && judging ? el("p", { class: "note is-plain", text: "The effect is being computed…" }) : null;
    renew(this.host, ...[effect, many && answer?.view ? null : claims].filter(Boolean), this.tools(), this.compare(parts), this.operations());
    this.host.querySelector("select").value = this.op; // options may have moved
  }

  /** The row of the chosen operation in a phase. */
  pick(p) {
    const rows = p.operations.map(toOperation);
    if (this.op === "all") return rows.at(-1);
    return rows.find((o) => opKey(o) === this.op) ?? { requests: 0, failures: 0, p50: null, signs: [] };
  }

  tools() {
    const names = new Set(this.phases.flatMap((p) => p.operations.slice(0, -1).map((o) => opKey(toOperation(o)))));
    if (!names.has(this.op)) this.op = "all";
    const select = el("select", { class: "search", "aria-label": "Operation", onchange: () => { this.op = select.value; choosePlace({ op: this.op === "all" ? null : this.op }); select.blur(); this.draw(); } },
      el("option", { value: "all", text: "All operations" }), ...[...names].map((n) => el("option", { value: n, text: n })));
    select.value = this.op;
    const tools = el("div", { class: "tools" }, select);
    if (this.phases.length > 1) {
      const items = this.phases.map((p, i) => [String(i), p.name || `Phase ${i + 1}`]);
      tools.append(el("span", { class: "muted", text: "compared with" }),
        chips("Compared with", items, this.base, (v) => { this.base = Number(v); this.draw(); }));
    }
    return tools;
  }

  compare(parts) {
    const head = el("tr", {}, el("td"), ...parts.map((p) => el("th", { scope: "col" },
      el("span", { class: "phase-name", text: p.name || "Run" }),
      el("span", { class: "sub", text: `${words(p.start_s)} to ${words(p.end_s)}` }))));
    const bodies = groups.map(([name, figures]) => el("tbody", {},
      el("tr", { class: "group" }, el("th", { scope: "rowgroup", class: "left", colspan: parts.length + 1, text: name })),
      ...figures.filter((f) => f.title !== "Kinds of users" || parts.some((p) => p.kinds)).filter((f) => f.title !== "Users rested" || parts.some((p) => p.rested_s)).filter((f) => f.title !== "Predicted tasks/s" || (this.op === "all" && parts.some((p) => p.predicted)))
        .map((f) => el("tr", {}, el("th", { scope: "row", class: "left", title: f.hint, text: f.title }), ...parts.map((p, i) => this.cell(f, p, i, parts[this.base]))))));
    const many = parts.length > 1;
    const caution = !many ? (this.live ? "The whole run so far." : "The whole run.") : this.live
      ? "Point estimates during the run; the verdict comes at the end."
      : this.outcome.effect?.view ? "Point estimates of whole phases; the effect above leaves out ramps and settling." : "Point estimates: differences may be chance.";
    const used = legend(parts.flatMap((p) => groups.flatMap(([, figures]) => figures.map((f) => f.signs?.(p) ?? ""))).join(""));
    const table = el("table", {}, el("thead", {}, head), ...bodies);
    table.style.setProperty("--phases", parts.length);
    return el("section", { class: "card phases" },
      el("header", {}, el("h2", { text: many ? "Side by side" : "The run" }), el("p", { text: caution })),
      el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": many ? "Phases side by side" : "Figures of the run" }, table),
      used ? el("p", { class: "hint", text: used }) : null);
  }

  cell(f, p, i, base) {
    const delta = i === this.base ? "" : change(f.value(p), f.value(base));
    return el("td", {}, ...marked(f.text(p), f.signs?.(p) ?? ""), el("span", { class: "delta", text: delta }));
  }

  /** The p95 of every operation in every phase as bars on one scale. */
  operations() {
    const rows = new Map();
    this.phases.forEach((p, i) => p.operations.slice(0, -1).map(toOperation).forEach((o) => {
      const key = `${o.method} ${o.name}`;
      if (!rows.has(key)) rows.set(key, []);
      rows.get(key)[i] = o;
    }));
    const most = Math.max(...[...rows.values()].flat().map((o) => o?.p95 ?? 0), 1e-9);
    const list = el("div", { class: "bars" });
    for (const [key, parts] of [...rows].slice(0, 60)) {
      const bars = el("div", { class: "bar-group" });
      this.phases.forEach((p, i) => {
        const o = parts[i];
        const bar = el("i", { class: i === this.base ? "is-base" : null });
        bar.style.setProperty("--share", String(o ? (o.p95 ?? most) / most : 0));
        bars.append(el("div", { class: "bar" }, el("span", { class: "bar-name", text: p.name || "Run" }), el("span", { class: "bar-track" }, bar),
          el("span", { class: `num${o?.p95 === null && o.requests > 0 ? " bad" : ""}`, }, ...(o ? marked(ms(o.p95, o.requests), o.requests > 0 ? signs(o, "p95") : "") : ["–"])),
          el("span", { class: "delta", text: i === this.base ? "" : change(o?.p95, parts[this.base]?.p95) })));
      });
      const [method, ...name] = key.split(" ");
      list.append(el("div", { class: "bar-row" }, el("h3", { class: "opname" }, ...opName(method, name.join(" "))), bars));
    }
    return el("section", { class: "card" }, el("header", {}, el("h2", { text: "p95 by operation" }), el("p", { text: "ms, one scale for all" })), list);
  }
}
