// How response times are distributed over time: a column for each moment, a cell for each level of time, the darker
// the more requests. One hue, so that it reads the same to those who see fewer.

import { Chart, svg } from "./chart.js";
import { int, ms, short, span } from "./format.js";

const shades = 7;

/** A row of a spread from its compact form (spread.go, Append); levels: [[level, count], …]. */
export function toMoment([s, w, requests, failures, p50, p95, p99, p999, max, flat]) {
  const levels = [];
  for (let i = 0; i < flat.length; i += 2) levels.push([flat[i], flat[i + 1]]);
  return { s, w, requests, failures, p50, p95, p99, p999, max, levels };
}

/** The chart. Its cells are its own; zoom, phases and marks are those of its Group. */
export class Heat extends Chart {
  constructor() {
    super({
      title: "Distribution of response times", unit: "ms, logarithmic", format: (v, row) => ms(v, row?.requests), height: 240,
      failed: (r) => r.failures > 0, failedLabel: "failures, without their times",
      series: [{ label: "p50", tone: "0", value: (r) => r.p50 }, { label: "p95", tone: "0", value: (r) => r.p95 }, { label: "p99", tone: "0", value: (r) => r.p99 }],
    });
    this.log = true;
    this.node.classList.add("is-heat");
    this.scaleKey = document.createElement("li");
    this.scaleKey.className = "heat-key";
    this.head.lastChild.prepend(this.scaleKey);
    this.node.hidden = true; // until there is something
    this.moments = [];
    this.edges = [];
  }

  /** Takes new cells: {edges, rows}. */
  take(spread) {
    this.edges = spread.edges;
    this.moments = spread.rows.map(toMoment);
    this.node.hidden = this.edges.length === 0;
  }

  show(data, view) { super.show({ ...data, rows: this.moments }, view); }

  /** The range of times is that of all cells, so that it stays while one zooms. */
  scale() {
    const [low, high] = [this.edges[0] || 0.001, this.edges.at(-1) || 1];
    this.range = [low, high];
    this.ticks = [];
    for (let v = 10 ** Math.floor(Math.log10(low)); v <= high; v *= 10) {
      for (const x of high / low > 1000 ? [v] : high / low > 100 ? [v, 3 * v] : [v, 2 * v, 5 * v]) if (x >= low && x <= high) this.ticks.push(+x.toPrecision(6));
    }
    const rates = this.data.rows.slice(this.first, this.last).flatMap((m) => m.levels.map(([, n]) => n / m.w));
    [this.least, this.most] = rates.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, 0]);
    const list = (n) => Array.from({ length: n }, (_, i) => { const node = document.createElement("i"); node.className = `heat-${i + 1}`; return node; });
    this.scaleKey.replaceChildren(`${short(rates.length > 0 ? this.least : 0)} `, ...list(shades), ` ${short(this.most)} requests/s`);
  }

  /** The cells, one path for each shade. Counts spread over decades, so the shade follows their logarithm. */
  curves() {
    const paths = new Array(shades).fill("");
    const [left, right] = [this.x(this.view[0]), this.x(this.view[1])];
    for (const m of this.data.rows.slice(this.first, this.last)) {
      const [a, b] = [m.s, m.s + m.w].map((t) => Math.min(Math.max(this.x(t), left), right));
      if (b - a < 0.05) continue;
      for (const [level, n] of m.levels) {
        const share = this.most > this.least ? Math.log(n / m.w / this.least) / Math.log(this.most / this.least) : 1;
        const [y1, y2] = [this.y(this.edges[level + 1]), this.y(this.edges[level])];
        paths[Math.min(shades - 1, Math.floor(share * shades))] += `M${a.toFixed(1)},${y1.toFixed(1)}H${b.toFixed(1)}V${y2.toFixed(1)}H${a.toFixed(1)}Z`;
      }
    }
    return [...paths.map((d, i) => svg("path", { class: `heat heat-${i + 1}`, d })), this.failures()];
  }
}

const quantileHeads = ["Requests", "Failures", "p50", "p95", "p99", "p99.9", "Max"];

/** The same as a table, for those who do not see it: {rows} of few moments. */
export function quantileTable(spread) {
  const make = (name, text, attributes = {}) => {
    const node = document.createElement(name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    node.append(...[text].flat());
    return node;
  };
  const rows = spread.rows.map(toMoment).map((m) => make("tr", [
    make("th", `${span(m.s)} to ${span(m.s + m.w)}`, { scope: "row", class: "left" }),
    ...[int(m.requests), int(m.failures), ...[m.p50, m.p95, m.p99, m.p999].map((v) => ms(v, m.requests)), ms(m.max)].map((text) => make("td", text)),
  ]));
  const table = make("table", [
    make("caption", "Response times over time, ms", { class: "sr" }),
    make("thead", make("tr", [make("th", "Time", { scope: "col", class: "left" }), ...quantileHeads.map((text) => make("th", text, { scope: "col" }))])),
    make("tbody", rows),
  ]);
  return make("details", [make("summary", "The distribution as a table"), make("div", table, { class: "scroll", tabindex: "0", role: "region", "aria-label": "Response times over time" })], { class: "card quantiles" });
}
