// A small chart module: time series as SVG with phase bands, hover and zoom.
// Colours come from classes, so that themes and print need no redraw.

import { compact, instants, ticks } from "./axis.js";
import { labels } from "./bands.js";
import { span } from "./format.js";

const space = "http://www.w3.org/2000/svg";
const edge = { left: 46, right: 14, bottom: 22 };

/** Makes an SVG element with attributes and children. */
export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS(space, name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  node.append(...children);
  return node;
}

/** The index of the last row that begins at or before t; -1 for none. */
export function rowAt(rows, t) {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const mid = (low + high) >> 1;
    if (rows[mid].s <= t) low = mid + 1;
    else high = mid;
  }
  return low - 1;
}

/** Merges rows into at most count points of a series: [seconds, value or null]. */
function points(rows, from, to, value, how, count) {
  const out = [];
  const size = Math.max(1, Math.ceil((to - from) / count));
  for (let i = from; i < to; i += size) {
    let [sum, n, top] = [0, 0, null];
    const end = Math.min(to, i + size);
    for (let k = i; k < end; k++) {
      const v = value(rows[k]);
      if (v === null || v === undefined) continue;
      sum += v;
      n++;
      top = Math.max(top ?? v, v);
    }
    const last = rows[end - 1];
    out.push([(rows[i].s + last.s + last.w) / 2, n === 0 ? null : how === "mean" ? sum / n : top, rows[i].s, last.s + last.w]);
  }
  return out;
}

/** One chart. Several in a Group share their zoom and cursor. */
export class Chart {
  /**
   * spec: {title, unit, format, merge: "mean"|"max", phases: bool, height,
   *        series: [{label, tone, value(row, bands), style: "line"|"step", dash: "dash"|"dot"|"long", crosses: bool, in front of the others and with crosses, fill, optional: bool, shown only where it has values}], failed(row), failedLabel,
   *        veil: bool, grey out what effects leave out, levels: [{value, text, plain}], stretches: [[from, to]] in seconds}
   */
  constructor(spec) {
    this.spec = spec;
    this.log = false;
    this.data = { rows: [], bands: [], marks: [] };
    this.view = [0, 60];
    this.build();
  }

  build() {
    const legend = document.createElement("ul");
    legend.className = "legend";
    this.outputs = this.spec.series.map((s) => {
      const item = document.createElement("li");
      const key = document.createElement("span");
      key.className = `key tone-${s.tone}${s.dash ? ` is-${s.dash}` : ""}${s.crosses ? " is-cross" : ""}`;
      const output = document.createElement("output");
      item.append(key, s.label, output);
      legend.append(item);
      return output;
    });
    if (this.spec.failedLabel) {
      const item = document.createElement("li");
      const key = document.createElement("span");
      key.className = "key tone-bad is-tick";
      item.append(key, this.spec.failedLabel);
      legend.append(item);
    }
    const title = document.createElement("h3");
    const unit = document.createElement("small");
    unit.textContent = this.spec.unit;
    title.append(this.spec.title, unit);
    const head = document.createElement("div");
    head.className = "plot-head";
    head.append(title, legend);
    this.head = head;
    this.arms = document.createElement("li"); // what the letters of phases mean
    this.arms.textContent = "A baseline, B intervention";
    this.arms.hidden = true;
    legend.append(this.arms);
    this.svg = svg("svg", { role: "img", tabindex: "0", "aria-label": `${this.spec.title}; arrow keys read the values` });
    this.spoken = document.createElement("p");
    this.spoken.className = "sr";
    this.spoken.setAttribute("aria-live", "polite");
    this.node = document.createElement("figure");
    this.node.className = "plot card";
    this.node.append(head, this.svg, this.spoken);
  }

  /** Takes new data: {rows, bands, marks}, and the seconds to show: [from, to]. */
  show(data, view) {
    this.data = data;
    this.view = view;
    this.draw();
  }

  get top() { return this.spec.phases ? 24 : 12; }
  x(t) { return edge.left + ((t - this.view[0]) / (this.view[1] - this.view[0])) * (this.width - edge.left - edge.right); }
  second(x) { return this.view[0] + ((x - edge.left) / (this.width - edge.left - edge.right)) * (this.view[1] - this.view[0]); }
  y(v) {
    const [low, high] = this.range;
    const share = this.log ? Math.log(Math.max(v, low) / low) / Math.log(high / low) : (v - low) / (high - low);
    return this.height - edge.bottom - share * (this.height - edge.bottom - this.top);
  }

  draw() {
    this.width = this.svg.clientWidth || this.node.clientWidth - 36;
    if (this.width < 60) return; // not on show
    this.height = this.spec.height ?? 190;
    this.svg.setAttribute("height", this.height);
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    const { rows } = this.data;
    this.first = Math.max(0, rowAt(rows, this.view[0]));
    this.last = rowAt(rows, this.view[1] - 1e-6) + 1;
    const count = Math.max(20, (this.width - edge.left - edge.right) / 2.5);
    this.lines = this.spec.series.map((s) => points(rows, this.first, this.last, (r) => s.value(r, this.data.bands), this.spec.merge, count));
    this.absent = this.lines.map((line, i) => Boolean(this.spec.series[i].optional) && line.every(([, v]) => v === null));
    this.absent.forEach((absent, i) => { this.outputs[i].parentNode.hidden = absent; });
    this.scale();
    this.svg.replaceChildren(...this.backdrop(), ...this.grid(), ...this.curves(), ...this.veils(), ...this.levels(), ...this.events());
    this.overlay = svg("g");
    this.svg.append(this.overlay);
    this.point(this.cursor ?? null);
  }

  /** Sets the range of values and its ticks. */
  scale() {
    let [low, high] = [Infinity, 0];
    for (const line of this.lines) {
      for (const [, v] of line) {
        if (v === null) continue;
        high = Math.max(high, v);
        if (v > 0) low = Math.min(low, v);
      }
    }
    const seen = high; // a level far beyond all values would make them too small to see
    for (const level of this.spec.levels ?? []) if (level.value <= 4 * seen) high = Math.max(high, level.value);
    if (this.log && high > 0) {
      this.range = [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high * 1.001))];
      this.ticks = [];
      for (let v = this.range[0]; v <= this.range[1] * 1.001; v *= 10) this.ticks.push(+v.toPrecision(6));
      return;
    }
    this.ticks = ticks(0, high || 1, 3);
    this.range = [0, this.ticks.at(-1)];
  }

  /** Phase bands, their ramps and settle windows, and their names. */
  backdrop() {
    const out = [];
    const bottom = this.height - edge.bottom;
    const clip = (t) => Math.min(Math.max(this.x(t), edge.left), this.width - edge.right);
    this.labels = this.spec.phases ? labels(this.data.bands, (band) => { const [from, to] = this.place(band); return to - from - 10; }) : new Map();
    this.arms.hidden = !this.labels.letters;
    this.data.bands.forEach((band, i) => {
      const [from, to] = this.place(band);
      if (to - from < 1 || band.start > this.view[1]) return;
      if (i % 2 === 1) out.push(svg("rect", { class: "band", x: from, y: 0, width: to - from, height: bottom }));
      const settled = Math.min(clip(Math.max(band.ramp_end + band.settle, band.start)), to);
      if (settled - from > 2) out.push(hatch(from, settled, bottom - 6, bottom));
      if (i > 0 && band.start > this.view[0]) out.push(svg("line", { class: "border", x1: from, x2: from, y1: 0, y2: bottom }));
      const label = this.labels.get(band);
      if (label) out.push(svg("text", label === band.arm ? { class: "phase is-arm", x: (from + to) / 2, y: 13 } : { class: "phase", x: from + 6, y: 13 }, label));
    });
    return out;
  }

  /** Greys out what effects leave out: ramps and settling; and marks stretches of time. */
  veils() {
    const out = [];
    const bottom = this.height - edge.bottom;
    const box = (name, from, to, title) => {
      const [a, b] = [from, to].map((t) => Math.min(Math.max(this.x(t), edge.left), this.width - edge.right));
      if (b - a < 1) return;
      const node = svg("rect", { class: name, x: a, y: this.top - 6, width: b - a, height: bottom - this.top + 6 });
      if (title) node.append(svg("title", {}, title));
      out.push(node);
    };
    for (const [from, to] of this.spec.stretches ?? []) box("stretch", from, to);
    if (!this.spec.veil) return out;
    for (const band of this.data.bands) {
      const end = Math.min(Math.max(band.ramp_end + band.settle, band.start), band.end ?? Infinity);
      box("veil", band.start, end);
      box("veil-edge", band.start, end, this.data.bands.length > 1 ? "ramp and settling: left out of effects" : "ramp and settling");
    }
    return out;
  }

  /** Level lines with their names. */
  levels() {
    return (this.spec.levels ?? []).flatMap((level) => {
      const beyond = level.value > this.range[1];
      const y = beyond ? this.top : this.y(level.value);
      const place = Math.min(level.plain ? y + 13 : beyond ? y + 12 : y - 5, this.height - edge.bottom - 4);
      const name = svg("text", { class: "level-text", x: this.width - edge.right - 4, y: place }, beyond ? `${level.text} ↑` : level.text);
      if (beyond) return [name];
      return [
        svg("line", { class: `level${level.plain ? " is-plain" : ""}`, x1: edge.left, x2: this.width - edge.right, y1: y, y2: y }),
        name,
      ];
    });
  }

  /** Where a phase's band begins and ends. */
  place(band) {
    return [band.start, band.end ?? Infinity].map((t) => Math.min(Math.max(this.x(t), edge.left), this.width - edge.right));
  }

  /** The whole name of the phase at a second, where its label does not give it. */
  named(t) {
    const band = this.spec.phases && this.data.bands.findLast((b) => b.start <= t);
    if (!band?.name || this.labels.get(band) === band.name) return [];
    const half = band.name.length * 3.3 + 8;
    const x = Math.max(Math.min(this.x(t), this.width - edge.right - half), edge.left + half);
    return [svg("rect", { class: "bubble", x: x - half, y: 0, width: 2 * half, height: 18, rx: 5 }), svg("text", { class: "bubble-text", x, y: 13 }, band.name)];
  }

  grid() {
    const out = [];
    for (const v of this.ticks) {
      const y = Math.round(this.y(v)) + 0.5;
      out.push(svg("line", { class: v === this.range[0] ? "base" : "grid", x1: edge.left, x2: this.width - edge.right, y1: y, y2: y }));
      out.push(svg("text", { class: "tick", x: edge.left - 8, y: y + 3.5, "text-anchor": "end" }, compact(v)));
    }
    for (const t of instants(this.view[0], this.view[1], Math.max(2, Math.floor(this.width / 95)))) {
      out.push(svg("text", { class: "tick", x: this.x(t), y: this.height - 5, "text-anchor": anchor(this.x(t), this.width) }, span(t)));
    }
    return out;
  }

  curves() {
    const [out, front] = [[], []];
    this.lines.forEach((line, i) => {
      if (this.absent[i]) return;
      const s = this.spec.series[i];
      const group = svg("g", { class: `tone-${s.tone}` });
      if (s.fill) group.append(svg("path", { class: "fill", d: this.path(line, s.style === "step", true) }));
      group.append(svg("path", { class: `line${s.dash ? ` is-${s.dash}` : ""}`, d: this.path(line, s.style === "step", false) }));
      if (s.crosses) group.append(svg("path", { class: "crosses", d: this.crosses(line) }));
      if (s.crosses) front.push(group);
      else out.unshift(group);
    });
    out.push(...front);
    if (this.spec.failed) out.push(this.failures());
    return out;
  }

  /** The path of a line; gaps where there is no value. */
  path(line, step, closed) {
    const base = this.y(this.range[0]).toFixed(1);
    let [d, start] = ["", null];
    const close = (x) => { if (closed && start !== null) d += `V${base}H${start}Z`; start = null; return x; };
    let before = null;
    for (const [t, v, from, to] of line) {
      if (v === null) { close(); before = null; continue; }
      const y = this.y(v).toFixed(1);
      const x = this.x(step ? from : t).toFixed(1);
      if (before === null) { d += `M${x},${y}`; start = x; }
      else if (step) d += `H${x}V${y}`;
      else d += `L${x},${y}`;
      if (step) d += `H${this.x(to).toFixed(1)}`;
      before = v;
      if (!step && start === x) d += "h0.1"; // a lone point is a dot
    }
    close();
    return d;
  }

  /** Crosses along a line where it is not 0, so that it differs from the others by more than its colour. */
  crosses(line) {
    let [d, next] = ["", -Infinity];
    for (const [t, v] of line) {
      const x = this.x(t);
      if (!(v > 0) || x < next || x < edge.left) continue;
      next = x + 22;
      d += `M${(x - 3).toFixed(1)},${(this.y(v) - 3).toFixed(1)}l6,6m0,-6l-6,6`;
    }
    return d;
  }

  /** Marks at the top where the percentile lies among the failures. */
  failures() {
    let d = "";
    const column = (this.view[1] - this.view[0]) / Math.max(1, this.width);
    let next = -Infinity;
    for (let i = this.first; i < this.last; i++) {
      const row = this.data.rows[i];
      if (row.s < next || !this.spec.failed(row)) continue;
      next = row.s + 2 * column;
      d += `M${this.x(row.s + row.w / 2).toFixed(1)},${this.top}v7`;
    }
    return svg("path", { class: "failed", d });
  }

  /** What was changed by hand. */
  events() {
    const out = [];
    for (const m of this.data.marks) {
      if (m.at < this.view[0] || m.at > this.view[1]) continue;
      const x = this.x(m.at);
      const line = svg("line", { class: "mark", x1: x, x2: x, y1: this.top - 4, y2: this.height - edge.bottom });
      line.append(svg("title", {}, `${span(m.at)} ${m.text}`));
      out.push(line);
      if (!this.spec.marks) continue;
      const left = x > this.width - 140;
      out.push(svg("text", { class: "mark-text", x: x + (left ? -5 : 5), y: this.top + 6, "text-anchor": left ? "end" : "start" }, m.text));
    }
    return out;
  }

  /** Puts the cursor at an offset in seconds; null takes it away, and with it the values next to the names. */
  point(t) {
    this.cursor = t;
    const { rows } = this.data;
    const row = t === null ? undefined : rows[rowAt(rows, t)];
    this.outputs.forEach((output, k) => { output.textContent = row ? this.spec.format(this.spec.series[k].value(row, this.data.bands), row) : ""; });
    if (!this.overlay) return;
    this.overlay.replaceChildren();
    if (t === null || !row || row.s + row.w < this.view[0]) return;
    const x = this.x(Math.min(row.s + row.w / 2, this.view[1]));
    const bottom = this.height - edge.bottom;
    this.overlay.append(svg("line", { class: "cursor", x1: x, x2: x, y1: this.top - 6, y2: bottom }));
    this.spec.series.forEach((s) => {
      const v = s.value(row, this.data.bands);
      if (v === null || v === undefined) return;
      this.overlay.append(svg("circle", { class: `dot tone-${s.tone}`, cx: x, cy: this.y(v), r: 4 }));
    });
    this.overlay.append(...this.named(row.s));
    const middle = Math.min(Math.max(x, edge.left), this.width - 34);
    this.overlay.append(svg("rect", { class: "bubble", x: middle - 30, y: bottom + 3, width: 60, height: 18, rx: 5 }));
    this.overlay.append(svg("text", { class: "bubble-text", x: middle, y: bottom + 16 }, span(row.s)));
  }

  /** Shows the stretch that is being selected, in seconds; null for none. */
  brush(stretch) {
    if (!stretch || !this.overlay) return;
    const [a, b] = stretch.map((t) => this.x(t)).sort((p, q) => p - q);
    this.overlay.append(svg("rect", { class: "brush", x: a, y: this.top - 6, width: b - a, height: this.height - edge.bottom - this.top + 6 }));
  }

  /** Says the values at the cursor, for those who do not see it. */
  speak() {
    const row = this.data.rows[rowAt(this.data.rows, this.cursor ?? Infinity)];
    if (!row) return;
    const values = this.spec.series.map((s) => [s, s.value(row, this.data.bands)]).filter(([s, v]) => !s.optional || v !== null).map(([s, v]) => `${s.label} ${this.spec.format(v, row)}`);
    this.spoken.textContent = `${span(row.s)}: ${values.join(", ")}`;
  }
}

/** Thin strokes under a ramp and settle window. */
function hatch(from, to, y1, y2) {
  let d = "";
  for (let x = from; x < to - 3; x += 5) d += `M${x.toFixed(1)},${y2}L${Math.min(x + 5, to).toFixed(1)},${y1}`;
  const node = svg("path", { class: "hatch", d });
  node.append(svg("title", {}, "ramp and settling"));
  return node;
}

const anchor = (x, width) => (x > width - 30 ? "end" : x < edge.left + 8 ? "start" : "middle");
