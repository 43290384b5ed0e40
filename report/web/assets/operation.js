// One operation over time: what a row of the statistics opens.

import { el, get, opName } from "./dom.js";
import { quantileTable, toMoment } from "./heat.js";
import { keepStretch, noteStretch } from "./place.js";
import { operationPlots } from "./plots.js";

const pause = 3000; // ms between two looks at a run in progress

/** Asks for an operation over time, {method, name}, or for all: one question at a time, again and again during a run. */
export class Feed {
  constructor(onAnswer) { this.onAnswer = onAnswer; }

  /** stretch: [from, to] in seconds, or null for all of the run. */
  async ask(frame, op, stretch) {
    const query = new URLSearchParams({ ...op, ...(stretch ? { from: Math.max(0, Math.floor(stretch[0])), to: Math.max(0, Math.ceil(stretch[1])) } : {}) });
    const key = `${frame.run} ${frame.state} ${query}`;
    if (this.waiting || (key === this.key && (frame.state === "stopped" || Date.now() - this.asked < pause))) return;
    Object.assign(this, { key, asked: Date.now(), waiting: true });
    try {
      const answer = await get(`api/operation?${query}`);
      if (answer.run === frame.run) this.onAnswer(answer);
    } catch { this.key = null; } // the banner says that the connection is lost, or the operation is not there yet
    this.waiting = false;
  }
}

/** Puts a table of quantiles into host, open if the last one was. */
export function renewTable(host, spread) {
  const open = host.querySelector("details")?.open ?? false;
  const table = quantileTable(spread);
  table.open = open;
  host.replaceChildren(table);
}

export class Operation {
  constructor(onClose) {
    this.title = el("h2", { id: "operation-name", class: "opname" });
    const all = el("button", { class: "btn", type: "button", text: "Show all", hidden: true, onclick: () => this.group.zoomTo(null) });
    const area = el("div");
    this.table = el("div");
    this.node = el("section", { id: "operation", "aria-labelledby": "operation-name", tabindex: "-1", hidden: true },
      el("div", { class: "tools" }, this.title, el("span", { class: "spacer" }), all, el("button", { class: "btn", type: "button", text: "Close", onclick: onClose })),
      area, this.table);
    this.group = operationPlots(area, (zoomed) => { all.hidden = !zoomed; noteStretch(this.group); });
    this.feed = new Feed((answer) => this.take(answer));
  }

  /** Shows an operation, {method, name}; null: none. */
  show(op, frame) {
    this.node.hidden = op === null;
    if (op === null || !frame) return;
    if (op.method !== this.op?.method || op.name !== this.op?.name || frame.run !== this.run) {
      this.title.replaceChildren(...opName(op.method, op.name));
      this.fresh = true;
    }
    Object.assign(this, { op: { method: op.method, name: op.name }, run: frame.run, frame });
    this.feed.ask(frame, this.op, this.group.zoom);
  }

  take(answer) {
    const { frame, group } = this;
    const rows = answer.chart.rows.map(toMoment);
    group.heat.take(answer.chart);
    group.update({ rows, bands: frame.phases, marks: frame.events }, frame.since, frame.at);
    if (this.fresh) keepStretch(group);
    this.fresh = false;
    renewTable(this.table, answer.table);
  }
}
