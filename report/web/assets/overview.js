// The charts of the first screen: the whole run, with the time shaded that the figures are of.

import { glance } from "./plots.js";

export class Overview {
  constructor(host) {
    this.host = host;
    this.group = glance(host);
  }

  /** rows: the timeline. */
  update(frame, rows, base) {
    this.host.hidden = rows.length === 0;
    if (this.host.hidden) return;
    const last = rows.at(-1);
    const stretches = base.value === "run" ? [] : [base.stretch()];
    for (const chart of this.group.charts) chart.spec.stretches = stretches;
    this.group.update({ rows, bands: frame.phases, marks: frame.events }, frame.since, last.s + last.w);
  }
}
