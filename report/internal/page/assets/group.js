// Charts one below the other that share their zoom and their cursor.

import { rowAt } from "./chart.js";

export class Group {
  /** charts: of chart.js. onZoom(zoomed) is called when the reader zooms in or out. */
  constructor(charts, onZoom = () => {}) {
    this.charts = charts;
    this.onZoom = onZoom;
    this.data = { rows: [], bands: [], marks: [] };
    this.zoom = null; // [from, to] in seconds; null: all, or the last ones
    this.recent = 0; // seconds to follow; 0: all
    this.since = 0;
    this.end = 0;
    for (const chart of charts) this.listen(chart);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(charts[0].node);
  }

  /** Takes new data; since and end are the first and last second of the run. */
  update(data, since, end) {
    Object.assign(this, { data, since, end });
    this.draw();
  }

  /** The seconds on show. */
  view() {
    if (this.zoom) return this.zoom;
    const end = Math.max(this.end, this.since + 30);
    return this.recent ? [Math.max(this.since, end - this.recent), end] : [this.since, end];
  }

  draw() {
    const view = this.view();
    for (const chart of this.charts) chart.show(this.data, view);
  }

  /** Shows a stretch; null shows all again. */
  zoomTo(stretch) {
    if (stretch) {
      const [from, to] = [Math.max(this.since, stretch[0]), Math.min(Math.max(this.end, this.since + 30), stretch[1])];
      if (to - from < 5) return;
      stretch = [from, to];
    }
    this.zoom = stretch;
    this.draw();
    this.onZoom(stretch !== null);
  }

  /** Follows the last seconds; 0 shows all. */
  follow(seconds) {
    this.recent = seconds;
    this.zoomTo(null);
  }

  point(t) { for (const chart of this.charts) chart.point(t); }

  listen(chart) {
    const target = chart.svg;
    let start = null; // where a selection began, px
    const at = (event) => event.clientX - target.getBoundingClientRect().left;
    const bounded = (x) => Math.min(Math.max(chart.second(x), chart.view[0]), chart.view[1]);
    target.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      start = at(event);
      target.setPointerCapture(event.pointerId);
    });
    target.addEventListener("pointermove", (event) => {
      const x = at(event);
      this.point(bounded(x));
      if (start !== null && Math.abs(x - start) > 4) for (const c of this.charts) c.brush([bounded(start), bounded(x)]);
    });
    target.addEventListener("pointerup", (event) => {
      const [from, to] = [start, at(event)];
      start = null;
      if (from !== null && Math.abs(to - from) > 8) this.zoomTo([bounded(Math.min(from, to)), bounded(Math.max(from, to))]);
    });
    target.addEventListener("pointercancel", () => { start = null; this.point(null); });
    target.addEventListener("pointerleave", () => { if (start === null) this.point(null); });
    target.addEventListener("dblclick", () => this.zoomTo(null));
    target.addEventListener("keydown", (event) => this.key(event, chart));
    target.addEventListener("blur", () => this.point(null));
  }

  /** Arrows move the cursor, + and - zoom around it, 0 or Escape shows all. */
  key(event, chart) {
    const [from, to] = this.view();
    const rows = this.data.rows;
    const here = chart.cursor ?? to;
    const middle = (factor) => [here - (here - from) * factor, here + (to - here) * factor];
    const move = (by) => {
      const i = Math.min(Math.max(rowAt(rows, here) + by, 0), rows.length - 1);
      if (rows[i]) this.point(Math.min(Math.max(rows[i].s, from), to));
      chart.speak();
    };
    const actions = {
      ArrowLeft: () => move(event.shiftKey ? -10 : -1), ArrowRight: () => move(event.shiftKey ? 10 : 1),
      Home: () => { this.point(from); chart.speak(); }, End: () => { this.point(to); chart.speak(); },
      "+": () => this.zoomTo(middle(0.5)), "=": () => this.zoomTo(middle(0.5)), "-": () => this.zoomTo(middle(2)),
      0: () => this.zoomTo(null), Escape: () => this.zoomTo(null),
    };
    const act = actions[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }
}
