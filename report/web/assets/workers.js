// The processes that make the load, where several do.

import { el, empty, get, keep, put, renew } from "./dom.js";
import { bytes, int, ms, percent, short, span, words } from "./format.js";

const bad = (w) => w.state === "missing" || w.state === "lost";

/** What is wrong with a worker, in a sentence; "" if nothing. */
function trouble(w) {
  const who = `Worker ${w.id} (index ${w.index})`;
  const why = w.why ? `: ${w.why}` : "";
  if (w.lost_s > 0 || w.state === "lost") return `${who} was lost ${span(w.lost_s ?? 0)} after the start${why}.${bad(w) ? " Its part of the load is missing from then on, unless others took it over." : " It is back, and takes part in the next run."}`;
  if (w.state === "missing") return `${who} has been silent for ${words(w.silent_s ?? 0)}${why}. It may come back.`;
  return "";
}

/** Says at the top of the page which workers are missing or lost. */
export function troubles(host, crew) {
  const lines = crew.some.map(trouble);
  const more = crew.troubled - crew.some.length;
  if (more > 0) lines.push(`${int(more)} more workers are missing or lost: see Workers.`);
  renew(host, ...lines.map((text) => el("p", { class: "note is-bad", text })));
}

const columns = [
  ["Worker", "left"], ["State", "left"], ["Users"], ["Requests"], ["Failures"], ["req/s", null, "in the last 5 s; of a run that is over, its mean"],
  ["Share of the load", null, "of all requests of the run; of a worker that was lost 0 from then on, and below it what it was until then"], ["Wake lag p99", null, "ms; how late the worker itself was"],
  ["CPU", null, "cores, mean of the run"], ["Memory", null, "at most"], ["Clock", null, "ms ahead of the master's, and how exactly that is known"],
  ["Start", null, "ms later than the master's start"],
];

export class Workers {
  constructor(host) {
    this.body = el("tbody");
    const heads = columns.map(([text, side, hint]) => el("th", { scope: "col", class: side, text, title: hint }));
    this.card = el("div", { class: "card workers", hidden: true }, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Workers" },
      el("table", {}, el("caption", { class: "sr", text: "The processes that make the load" }), el("thead", {}, el("tr", {}, ...heads)), this.body)));
    this.blank = empty("calm", "No worker yet", "Workers appear here as soon as they connect.");
    host.replaceChildren(this.card, this.blank);
  }

  async update(frame) {
    const key = `${frame.run} ${frame.state} ${frame.workers.connected} ${frame.workers.troubled}`;
    if (key === this.key && Date.now() - (this.asked ?? 0) < 1800) return;
    Object.assign(this, { key, asked: Date.now() });
    let all;
    try { all = await get("api/workers"); } catch { return; } // the banner says that the connection is lost
    this.card.hidden = all.length === 0;
    this.blank.hidden = !this.card.hidden;
    const rows = [...all].sort((a, b) => bad(b) - bad(a) || a.index - b.index);
    keep(this.body, rows, (w) => w.id, (w) => line(w), fill);
  }
}

const line = (w) => el("tr", {}, el("th", { scope: "row", class: "left" }, w.id, el("span", { class: "sub" })),
  ...columns.slice(1).map(([, side], i) => (i === 5 ? el("td", {}, el("i", { class: "track" }), el("span"), el("span", { class: "sub" })) : el("td", { class: side }))));

function fill(node, w) {
  const share = bad(w) && w.lost_s > 0 ? 0 : w.share;
  node.classList.toggle("is-bad", bad(w));
  put(node.firstChild.lastChild, `index ${w.index}${w.why ? ` · ${w.why}` : ""}`);
  const cells = [...node.children].slice(1);
  const texts = [
    w.state, int(w.users), int(w.requests), int(w.failures), short(w.rps), null, w.late_ms.p99 === null ? "–" : ms(w.late_ms.p99),
    w.health.cpu ? short(w.health.cpu) : "–", bytes(w.health.memory_bytes || null), clock(w), w.requests > 0 ? ms(w.start_skew_ms) : "–",
  ];
  texts.forEach((text, i) => { if (text !== null) put(cells[i], text); });
  cells[0].classList.toggle("bad", bad(w));
  cells[3].classList.toggle("bad", w.failures > 0);
  cells[5].firstChild.style.setProperty("--share", share.toFixed(3));
  put(cells[5].children[1], percent(share));
  put(cells[5].lastChild, share < w.share ? `${percent(w.share)} until it was lost` : "");
}

const clock = (w) => (w.clock_bound_ms > 0 ? `${(Math.round(10 * w.clock_ms) / 10 || 0).toFixed(1)} ± ${w.clock_bound_ms.toFixed(1)}` : "–");
