// The seconds of the run that the charts draw, kept in step with the server.

import { get } from "./dom.js";
import { rowAt } from "./chart.js";
import { toRow } from "./plots.js";

const again = 30_000; // ms between two looks at the past, which late answers change
const soon = 3_000; // ms, when seconds are missing
const most = 14_400; // rows kept; with more the whole run is asked for again, which the server thins to half of them

export class Timeline {
  constructor() {
    this.run = -1;
    this.rows = [];
    this.asked = 0;
  }

  /** Takes the last seconds of a frame; asks for what is missing. */
  async take(frame, onChange) {
    if (frame.run !== this.run) Object.assign(this, { run: frame.run, rows: [], asked: 0, missing: true });
    this.since = frame.since;
    if (this.rows.length > most) this.missing = true;
    if (frame.tail.length > 0) this.merge(frame.tail);
    else if (this.rows.length === 0) this.missing = frame.at - frame.since >= 1;
    if (frame.run > 0 && Date.now() - this.asked > (this.missing ? soon : again)) await this.fetch(onChange);
  }

  /** Asks again for what is still missing when frames stop coming. */
  async complete(onChange) {
    if (this.missing && Date.now() - this.asked > soon) await this.fetch(onChange);
  }

  /** Replaces the seconds from the first of compact on, and notices where some are missing before it. */
  merge(compact) {
    const first = compact[0][0];
    const n = rowAt(this.rows, first - 1e-6) + 1;
    const last = this.rows[n - 1];
    const known = last ? last.s + last.w : this.since;
    if (known + 1 < first) this.missing = true;
    this.rows.length = n;
    for (const x of compact) this.rows.push(toRow(x));
  }

  async fetch(onChange) {
    this.asked = Date.now();
    const from = this.missing || this.rows.length === 0 ? 0 : Math.max(0, this.rows.at(-1).s - 150);
    const { run } = this;
    try {
      const answer = await get(`api/timeline?from=${from}`);
      if (answer.run !== this.run || this.run !== run || answer.rows.length === 0) return;
      const newer = this.rows.filter((r) => r.s > answer.rows.at(-1)[0]);
      this.merge(answer.rows);
      this.rows.push(...newer);
      this.missing = false;
      onChange();
    } catch { /* the banner says that the connection is lost; the next frame asks again */ }
  }
}
