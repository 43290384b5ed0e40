// The time that the figures on the screen are of: one for all of them, and the page says which.

import { chips, el, get, put } from "./dom.js";
import { span } from "./format.js";
import { choosePlace, place } from "./place.js";
import { toOperation } from "./stats.js";

const pause = 900; // ms between two looks
const lately = 10; // s, as the server has them

export class TimeBase {
  /** onChange() is called when there are other rows. */
  constructor(host, onChange) {
    Object.assign(this, { host, onChange, whole: false, chosen: "run", answer: null });
    this.restore();
    this.said = el("p", { class: "muted", id: "time-said" });
    host.append(el("div"), this.said);
  }

  /** Takes the phase that the address says. */
  restore() { this.want(place.phase === null ? "run" : String(place.phase)); }

  /** Takes a frame. whole: the tab on show has figures of the whole run alone. */
  update(frame, whole) {
    const items = choices(frame);
    if (this.run !== undefined && frame.run !== this.run) this.choose("run");
    if (!items.some(([value]) => value === this.wanted)) this.want("run");
    Object.assign(this, { frame, whole, run: frame.run });
    this.offer(items);
    const [from, to] = this.stretch();
    put(this.said, `Figures of ${this.name()}: ${span(from)} to ${span(to)}`);
    this.fetch();
  }

  /** Builds the choice, if it is another one. */
  offer(items) {
    const key = JSON.stringify(items);
    const old = this.host.firstChild;
    if (key !== this.key) {
      const focused = old.contains(document.activeElement) ? document.activeElement.value : null;
      old.replaceWith(chips("Time of the figures", items, this.wanted, (value) => { this.choose(value); this.onChange(); }));
      if (focused !== null) this.host.querySelector(`[value="${focused}"]`)?.focus();
    }
    this.key = key;
    this.host.firstChild.hidden = this.whole || items.length < 2;
    for (const button of this.host.firstChild.children) button.setAttribute("aria-pressed", String(button.value === this.wanted));
  }

  /** Asks for the figures of a time; until they are there, those on show stay. */
  want(value) {
    Object.assign(this, { wanted: value, asked: 0 });
    if (value === "run") Object.assign(this, { chosen: value, answer: null });
  }

  /** Takes what the reader chooses; the address gets it if a link can keep it. */
  choose(value) {
    this.want(value);
    choosePlace({ phase: /^\d+$/.test(value) ? Number(value) : null });
  }

  get value() { return this.whole ? "run" : this.chosen; }

  name() {
    if (this.value === "recent") return `the last ${lately} s`;
    if (this.value === "run") return this.frame.state === "stopped" ? "the whole run" : "the whole run so far";
    return `phase ${this.frame.phases[this.value].name || Number(this.value) + 1}`;
  }

  /** Where that time begins and ends, s. */
  stretch() {
    const { at, since, phases } = this.frame;
    if (this.value === "run") return [since, at];
    if (this.value === "recent") return [Math.max(since, Math.floor(at) - lately), at];
    const p = phases[this.value];
    return [Math.max(since, p.start), Math.min(p.end ?? at, at)];
  }

  /** The rows of that time, the aggregate last. */
  rows() {
    const compact = this.value === "run" ? this.frame.ops : this.value === "recent" ? this.answer : this.answer[this.value].operations;
    return compact.map(toOperation);
  }

  async fetch() {
    const { wanted, run } = this;
    const { state } = this.frame;
    if (wanted === "run" || (Date.now() - this.asked < pause && this.state === state)) return;
    Object.assign(this, { asked: Date.now(), state });
    let answer;
    try { answer = await get(wanted === "recent" ? "api/recent" : "api/phases"); } catch { return; } // the banner says that the connection is lost
    if (wanted !== this.wanted || run !== this.run || (wanted !== "recent" && !answer[wanted])) return;
    Object.assign(this, { chosen: wanted, answer });
    this.onChange();
  }
}

/** What the reader may choose from. */
function choices(frame) {
  const begun = frame.phases.slice(0, frame.phase + 1).map((p, i) => [String(i), p.name || `Phase ${i + 1}`]);
  return [["run", "Whole run"], ...(frame.state === "stopped" ? [] : [["recent", `Last ${lately} s`]]), ...(frame.phases.length > 1 ? begun : [])];
}
