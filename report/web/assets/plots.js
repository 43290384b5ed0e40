// The three charts of a run, on the page and in the report.

import { Chart } from "./chart.js";
import { int, ms, short } from "./format.js";
import { Group } from "./group.js";

/** A row of the timeline from its compact form (frame.go, appendSeconds). */
export function toRow([s, w, planned, users, on, requests, failures, p50, p95, p99]) {
  return { s, w, planned, users, on, requests, failures, p50, p95, p99 };
}

const specs = () => [
  {
    title: "Throughput", unit: "per second", format: short, merge: "mean", phases: true,
    series: [
      { label: "Requests", tone: "1", fill: true, value: (r) => r.requests / r.w },
      { label: "Failures", tone: "bad", fill: true, value: (r) => r.failures / r.w },
    ],
  },
  {
    title: "Response time", unit: "ms", format: (v, row) => ms(v, row?.requests), merge: "max",
    failed: (r) => r.requests > 0 && r.p95 === null, failedLabel: "p95 failed",
    series: [
      { label: "p50", tone: "1", value: (r) => r.p50 },
      { label: "p95", tone: "2", value: (r) => r.p95 },
      { label: "p99", tone: "3", value: (r) => r.p99 },
    ],
  },
  {
    title: "Users", unit: "", format: int, merge: "max", marks: true,
    series: [
      { label: "Running", tone: "1", style: "step", value: (r) => r.users },
      { label: "ON", tone: "2", style: "step", fill: true, value: (r) => r.on },
      { label: "Planned", tone: "plan", style: "step", dash: true, value: (r) => r.planned },
    ],
  },
];

/** Puts the charts into host and returns their Group. */
export function plots(host, onZoom) {
  const charts = specs().map((spec) => new Chart(spec));
  charts[1].head.append(logSwitch(charts[1]));
  host.classList.add("plots");
  host.replaceChildren(...charts.map((c) => c.node));
  return new Group(charts, onZoom);
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
      const share = ramp > 0 ? Math.min(1, (s + grain - p.start) / ramp) : 1;
      level = Math.round(from + (p.users - from) * share);
      rows.push({ s, w: Math.min(grain, stop - s), planned: level, phase: i });
    }
  });
  return rows;
}

/** A chart of the planned users only. */
export function planChart(host) {
  const chart = new Chart({
    title: "Users over time", unit: "", format: int, merge: "max", phases: true, height: 210,
    series: [{ label: "Planned", tone: "1", fill: true, value: (r) => r.planned }],
  });
  host.replaceChildren(chart.node);
  return new Group([chart]);
}
