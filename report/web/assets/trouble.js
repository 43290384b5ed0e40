// The tabs of what went wrong: failures of the target, exceptions of the script, and the program's log.

import { el, empty, get, keep, opName, put } from "./dom.js";
import { clock, int, percent, span } from "./format.js";
import { logLine } from "./loglines.js";

const pause = 1800; // ms between two looks

/** Fetches what a list shows, unless that was a moment ago, and shows the list or that it is blank. null: there is nothing new. */
async function look(list, frame, address, key) {
  const { run, state } = frame;
  if (Date.now() - (list.asked ?? 0) < pause && list.run === run && list.state === state) return null;
  Object.assign(list, { asked: Date.now(), run, state });
  let answer;
  try { answer = await get(address); } catch { return null; } // the banner says that the connection is lost
  list.full.hidden = answer[key].length === 0;
  list.blank.hidden = !list.full.hidden;
  return answer;
}

/** Failures by operation and reason. */
export class Failures {
  constructor(host) {
    this.host = host;
    this.body = el("tbody");
    const heads = ["Operation", "Reason", "Occurrences", "Share", "First", "Last"];
    this.full = el("div", { class: "card" }, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Failures" }, el("table", {},
      el("caption", { class: "sr", text: "Failures by operation and reason" }),
      el("thead", {}, el("tr", {}, ...heads.map((h, i) => el("th", { scope: "col", class: i < 2 ? "left" : null, text: h })))), this.body)));
    this.blank = empty("check", "No failures", "Every request so far got an answer that its checks accept.");
    this.full.hidden = this.blank.hidden = true; // until the server has answered
    host.replaceChildren(this.full, this.blank);
  }

  async update(frame) {
    const answer = await look(this, frame, "api/failures", "failures");
    if (!answer) return;
    const rows = answer.failures;
    const all = rows.reduce((sum, f) => sum + f.occurrences, 0);
    keep(this.body, rows, (f) => `${f.method}\n${f.name}\n${f.reason}`, (f) => el("tr", {},
      el("th", { scope: "row", class: "left opname" }, ...opName(f.method, f.name)),
      el("td", { class: "left opname reason", text: f.reason }), el("td"), el("td", {}, el("span", { class: "share" }, el("i"), el("span"))), el("td"), el("td")),
    (node, f) => {
      put(node.children[2], int(f.occurrences));
      const share = f.occurrences / all;
      node.querySelector("i").style.setProperty("--share", share.toFixed(4));
      put(node.querySelector(".share span"), percent(share));
      put(node.children[4], when(answer.start, f.first_s));
      put(node.children[5], when(answer.start, f.last_s));
    });
  }
}

const when = (start, offset) => `${span(offset)} · ${clock(start + 1000 * offset)}`;

/** Panics and task errors with their stacks. */
export class Exceptions {
  constructor(host) {
    this.host = host;
    this.full = el("div", { class: "card exceptions" });
    this.blank = empty("check", "No exceptions", "No task of the script has panicked or returned an error of the script.");
    this.full.hidden = this.blank.hidden = true;
    host.replaceChildren(this.full, this.blank);
  }

  async update(frame) {
    const answer = await look(this, frame, "exceptions", "exceptions");
    if (!answer) return;
    const rows = answer.exceptions;
    keep(this.full, rows, (x) => `${x.kind}\n${x.msg}`, (x) => el("details", { open: rows.length === 1 },
      el("summary", {}, el("span", { class: "kind", text: x.kind }), el("span", { class: "opname", text: x.msg }), el("span", { class: "count num" })),
      x.traceback ? el("pre", { tabindex: "0", text: x.traceback }) : el("p", { class: "muted", text: "There is no stack: the task returned an error." })),
    (node, x) => put(node.querySelector(".count"), `${int(x.count)} × · last ${span(x.last_s)}`));
  }
}

/** The last lines of the program's log, and of each worker's. */
export class Logs {
  constructor(host) {
    this.host = host;
    this.find = "";
    this.search = el("input", { class: "search", type: "search", placeholder: "Find in the log", "aria-label": "Find in the log", oninput: () => { this.find = this.search.value.toLowerCase(); this.draw(); } });
    this.follow = el("input", { type: "checkbox", checked: true, id: "follow" });
    this.from = el("select", { class: "search", "aria-label": "Whose log", hidden: true, onchange: () => { this.from.blur(); this.draw(); } }, el("option", { value: "", text: "Master" }));
    this.box = el("div", { class: "card log", tabindex: "0", role: "log", "aria-label": "Log", "aria-live": "off" });
    this.blank = empty("lines", "The log is empty", "The last 500 lines that the program logs appear here.");
    this.box.hidden = this.blank.hidden = true;
    host.replaceChildren(el("div", { class: "tools" }, this.search, this.from, el("span", { class: "spacer" }), el("label", { class: "check", for: "follow" }, this.follow, "Follow")), this.box, this.blank);
  }

  async update() {
    if (Date.now() - (this.asked ?? 0) < pause) return;
    this.asked = Date.now();
    try { this.logs = await get("logs"); } catch { return; }
    this.offer(Object.keys(this.logs.workers).sort());
    this.draw();
  }

  offer(workers) {
    const names = workers.join("\n");
    if (names === this.names) return;
    this.names = names;
    const chosen = this.from.value;
    this.from.replaceChildren(this.from.firstChild, ...workers.map((w) => el("option", { value: w, text: `Worker ${w}` })));
    this.from.value = workers.includes(chosen) ? chosen : "";
    this.from.hidden = workers.length === 0;
  }

  draw() {
    if (!this.logs) return;
    const all = this.from.value ? this.logs.workers[this.from.value] : this.logs.master;
    const lines = all.filter((l) => l.toLowerCase().includes(this.find));
    this.box.hidden = all.length === 0;
    this.blank.hidden = !this.box.hidden;
    const seen = new Map();
    const key = (l) => { seen.set(l, (seen.get(l) ?? 0) + 1); return `${seen.get(l)} ${l}`; };
    const last = this.box.lastChild;
    keep(this.box, lines, key, logLine, () => {}); // so that what is unfolded stays so
    if (this.box.lastChild === last) return;
    if (this.follow.checked) this.box.scrollTop = this.box.scrollHeight;
  }
}
