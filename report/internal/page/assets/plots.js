// The charts of a run, on the page and in the report.

import { Chart } from "./chart.js";
import { int, ms, short } from "./format.js";
import { Group } from "./group.js";
import { Heat } from "./heat.js";

/** A row of the timeline from its compact form (frame.go, appendSeconds). */
export function toRow([s, w, planned, users, on, requests, failures, p50, p95, p99]) {
  return { s, w, planned, users, on, requests, failures, p50, p95, p99 };
}

/** The value of a curve of points [offset, value] at an offset: straight between two, and after the last one as there. */
export function along(points, at) {
  let [low, high] = [0, points.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (points[middle][0] <= at) low = middle;
    else high = middle - 1;
  }
  const [[t0, v0], next] = [points[low], points[low + 1]];
  return next ? v0 + ((next[1] - v0) * (at - t0)) / (next[0] - t0) : v0;
}

/** The arrivals per second that the plan has for a row; null where it has none. */
function arrivals(row, bands) {
  const at = row.s + row.w / 2;
  const band = bands.findLast((b) => b.start <= at);
  return band?.rates && at < (band.end ?? Infinity) ? along(band.rates, at) : null;
}

const specs = (straddlers) => [
  {
    title: "Requests", unit: "per second", format: short, merge: "mean", phases: true, veil: true,
    series: [
      { label: "Requests", tone: "1", fill: true, value: (r) => r.requests / r.w },
      { label: "Failures", tone: "bad", crosses: true, fill: true, value: (r) => r.failures / r.w },
      { label: "Planned arrivals", tone: "plan", dash: "dash", optional: true, value: arrivals },
      ...(straddlers ? [{ label: "Straddlers", tone: "plan", dash: "dot", fill: true, value: (r) => (r.straddlers ?? 0) / r.w }] : []),
    ],
  },
  {
    title: "Response time", unit: "ms", format: (v, row) => ms(v, row?.requests), merge: "max", veil: true,
    failed: (r) => r.requests > 0 && r.p95 === null, failedLabel: "p95 failed",
    series: [
      { label: "p50", tone: "2", dash: "dot", value: (r) => r.p50 },
      { label: "p95", tone: "1", value: (r) => r.p95 },
      { label: "p99", tone: "3", dash: "long", value: (r) => r.p99 },
    ],
  },
  {
    title: "Users", unit: "", format: int, merge: "max", marks: true,
    series: [
      { label: "Running", tone: "1", style: "step", value: (r) => r.users },
      { label: "ON", tone: "2", dash: "dot", style: "step", fill: true, value: (r) => r.on },
      { label: "Planned", tone: "plan", style: "step", dash: "dash", value: (r) => r.planned },
    ],
  },
];

/** Puts the first two charts into host, small, and returns their Group. */
export function glance(host) {
  const charts = specs(false).slice(0, 2).map((spec) => new Chart({ ...spec, height: 128 }));
  host.replaceChildren(...charts.map((c) => c.node));
  return new Group(charts);
}

/** Puts the charts of a run into host and returns their Group, with its heat. straddlers: whether rows tell of them. */
export function plots(host, onZoom, straddlers = false) {
  const [requests, times, users] = specs(straddlers);
  return together(host, onZoom, [requests, times], [users]);
}

/** The same of one operation, whose users are not known. */
export function operationPlots(host, onZoom) {
  const [requests, times] = specs(false);
  return together(host, onZoom, [{ ...requests, series: requests.series.slice(0, 2) }, times], []);
}

/** The charts of some specs with the heat between them; the second one can be logarithmic. */
function together(host, onZoom, before, after) {
  const heat = new Heat();
  const charts = [...before.map((spec) => new Chart(spec)), heat, ...after.map((spec) => new Chart(spec))];
  charts[1].head.append(logSwitch(charts[1]));
  host.classList.add("plots");
  host.replaceChildren(...charts.map((c) => c.node));
  return Object.assign(new Group(charts, onZoom), { heat });
}

/** How a figure came back after a disruption, with its band. x: recoveryView of effectview.go. */
export function recoveryPlot(host, x, rows, bands) {
  const from = Math.max(rows[0].s, x.from - 45);
  const shown = rows.filter((r) => r.s >= from && r.s < x.to).map((r, i, all) => ({ ...r, mean: rolling(all.slice(Math.max(0, i - 4), i + 1), x.metric) }));
  if (shown.length === 0) return;
  const unsure = x.back === null ? [] : [[x.low, x.high ?? x.to]];
  const chart = new Chart({
    title: `${x.metric} after the intervention`, unit: "ms", format: (v, row) => ms(v, row?.requests), merge: "max", phases: true, marks: true, height: 230,
    levels: [{ value: x.band, text: `band ${short(x.band)} ms` }, { value: x.usual, text: `usual ${short(x.usual)} ms`, plain: true }], stretches: unsure,
    failed: (r) => r.requests > 0 && r[x.metric] === null, failedLabel: `${x.metric} failed`,
    series: [
      { label: "5-s mean", tone: "1", value: (r) => r.mean },
      { label: "Each second", tone: "3", dash: "dot", value: (r) => r[x.metric] },
    ],
  });
  host.replaceChildren(chart.node);
  const marks = x.back === null ? [] : [{ at: x.back, text: `back after ${+(x.back - x.from).toFixed(1)} s` }];
  new Group([chart]).update({ rows: shown, bands, marks }, from, x.to);
}

/** The geometric mean of the seconds that have a value. */
function rolling(rows, key) {
  const values = rows.map((r) => r[key]).filter((v) => v !== null && v > 0);
  return values.length === 0 ? null : Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);
}

/** A button that switches a chart between a linear and a logarithmic scale. */
function logSwitch(chart) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plot-switch";
  button.textContent = "log";
  button.title = "Logarithmic scale";
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    chart.log = !chart.log;
    button.setAttribute("aria-pressed", String(chart.log));
    chart.draw();
  });
  return button;
}

/** The users of a plan over time as rows, for a preview. end: seconds to show. */
export function planRows(phases, end) {
  const rows = [];
  let level = 0;
  phases.forEach((p, i) => {
    const stop = Math.min(p.end ?? end, end);
    const steps = Math.abs(p.users - level);
    const ramp = p.spawn_rate > 0 ? steps / p.spawn_rate : 0;
    const grain = Math.max(1, Math.ceil((stop - p.start) / 600));
    const from = level;
    for (let s = p.start; s < stop; s += grain) {
      if (p.curve) {
        const at = Math.min(s + grain, stop);
        level = along(p.curve, at);
        rows.push({ s, w: at - s, planned: p.rate ? level : Math.round(level), phase: i });
        continue;
      }
      const share = ramp > 0 ? Math.min(1, (s + grain - p.start) / ramp) : 1;
      level = Math.round(from + (p.users - from) * share);
      rows.push({ s, w: Math.min(grain, stop - s), planned: level, phase: i });
    }
  });
  return rows;
}

/** A chart of the planned users only, or of the planned rate of arrivals. */
export function planChart(host, rate = false) {
  const chart = new Chart({
    title: rate ? "Arrivals over time" : "Users over time", unit: rate ? "per second" : "", format: rate ? short : int, merge: "max", phases: true, height: 210,
    series: [{ label: "Planned", tone: "1", fill: true, value: (r) => r.planned }],
  });
  host.replaceChildren(chart.node);
  return new Group([chart]);
}
