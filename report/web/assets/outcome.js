// What the run has come to: where its claims stand and, when it is over, its effect. All of the page asks the server once.

import { get } from "./dom.js";

const pause = 5000; // ms between two looks at claims, which the server judges no more often
const again = 1800; // ms, at what has failed or is not there yet

export class Outcome {
  /** onChange() is called when there is news. */
  constructor(onChange) {
    Object.assign(this, { onChange, run: -1, claims: null, effect: null, version: 0 });
  }

  /** Takes a frame and asks for what is missing. */
  async update(frame) {
    const over = frame.state === "stopped";
    if (frame.run !== this.run) Object.assign(this, { run: frame.run, claims: null, effect: null, asked: 0, none: false, version: this.version + 1 });
    if (over !== this.over) Object.assign(this, { over, effect: null, asked: 0 });
    this.several = frame.phases.length > 1;
    const missing = (over && !this.none && !this.claims?.over) || this.judging;
    if (this.busy || frame.run === 0 || (over && !missing) || Date.now() - this.asked < (over ? again : this.none ? Infinity : pause)) return;
    this.busy = true;
    await this.ask(frame.run, over);
    this.busy = false;
  }

  /** Whether the effect is still to come. */
  get judging() { return this.over && this.several && !this.effect; }

  async ask(run, over) {
    this.asked = Date.now();
    try {
      const [claims, effect] = await Promise.all([get("api/claims"), this.judging ? get("api/effect") : null]);
      if (run !== this.run || over !== this.over) return;
      this.none = claims.run === run && claims.view === null;
      if (claims.run === run && (!over || claims.over)) this.claims = claims;
      if (effect?.run === run && !effect.running) this.effect = effect;
      this.version++;
      this.onChange();
    } catch { /* the banner says that the connection is lost; the next frame or beat asks again */ }
  }
}
