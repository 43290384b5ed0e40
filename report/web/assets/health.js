// How the generator itself fares: whether it was on time, and what it used.

import { el, renew } from "./dom.js";
import { bytes, int, ms, percent, short, time } from "./format.js";

const counters = [
  ["planned", "Starts planned", "that the plan called for"],
  ["started", "Started", "tasks begun"],
  ["finished", "Finished", "tasks that came to their end"],
  ["missed", "Missed", "given up, as they were more than a minute late", true],
  ["skipped", "Skipped", "sat out, as a journey or session had ended before", true],
  ["lost", "Lost", "with workers that were lost", true],
  ["dropped", "Dropped", "refused by a cap on concurrency", true],
  ["left", "Users left", "for good, as their script says"],
  ["waiting", "Waiting", "due, and waiting for a worker"],
  ["running", "Running", "tasks in progress"],
  ["unfinished", "Unfinished", "tasks cut off by the end of the run, or of their user, and those in progress"],
  ["sent", "Requests", "that tasks and hooks have asked for"],
  ["in_flight", "In flight", "requests without an answer so far"],
  ["in_flight_before", "In flight since before the reset", "requests that will not count when they end", true],
  ["cut_off", "Cut off", "requests in flight when the run, or their user's time, ended"],
  ["straddlers", "Straddlers", "requests done after the end of their phase", false, true],
  ["clamped", "Clamped", "times outside 0 to 73 minutes", true],
  ["other_operations", "Past the name limit", "requests counted as (other operations)", true],
];

const verdicts = { ok: "stands", doubtful: "doubtful", "not measured": "not measured" };

export class Health {
  constructor(host) { this.host = host; }

  update(frame) {
    const { health, late, trust } = frame;
    const figures = [
      ["Wake lag p99", late.p99 === null ? "–" : time(late.p99), `p50 ${ms(late.p50)} · max ${ms(late.max)} ms`],
      ["Processor", health.cpu ? short(health.cpu) : "–", cores(health), health.cpu_limit ? health.cpu / health.cpu_limit : undefined],
      ["Other load", health.machine_cores ? short(health.others_cpu ?? 0) : "–", health.machine_cores ? `of ${health.machine_cores} cores of the machine · peak ${short(health.others_peak ?? 0)}` : "not known", health.machine_cores ? (health.others_cpu ?? 0) / health.machine_cores : undefined],
      ["Memory", bytes(health.memory_bytes || null), "at most"],
      ["GC pauses", health.memory_bytes ? time(health.gc_pause_s * 1000) : "–", "in which the whole generator stood still"],
      ["Goroutines", int(health.goroutines || null), "at most; a user holds one while a task runs"],
      ["Open files", int(health.open_files || null), health.file_limit ? `at most, of ${int(health.file_limit)}` : "", health.file_limit ? health.open_files / health.file_limit : undefined],
    ];
    renew(this.host,
      verdict(frame),
      el("dl", { class: "card figures" }, ...figures.map((f) => figure(...f))),
      el("div", { class: "halves" }, trustCard(frame, trust), countersCard(frame.counters, frame.phases.length > 1)));
  }
}

const cores = (health) => (health.cpu_limit ? `of ${+health.cpu_limit.toFixed(2)} cores on average · peak ${short(health.cpu_peak)}` : "cores on average");

/** One sentence that a reader can repeat. */
export function judge(frame) {
  if (frame.phase < 0 || frame.late.p99 === null) return ["", "Nothing has been measured yet."];
  const { lag, bottleneck } = frame.health;
  if (lag === "too late") return ["is-bad", bottleneck];
  if (lag === "doubtful") return ["is-warn", `The generator's wake lag of ${time(frame.late.p99)} (p99) makes some percentiles doubtful.`];
  const some = ["p50", "p95", "p99"].some((p) => frame.trust?.[p]?.verdict);
  return ["is-good", `The generator keeps time: 99 of 100 wake-ups are at most ${time(frame.late.p99)} late${some ? ", too little to move a percentile" : ""}.`];
}

function verdict(frame) {
  const [kind, text] = judge(frame);
  return el("p", { class: `verdict ${kind}`, text });
}

function figure(title, value, more, share) {
  const node = el("div", { class: "figure" }, el("dt", { text: title }), el("dd", { class: "big", text: value }));
  if (share !== undefined && Number.isFinite(share)) {
    const bar = el("i");
    bar.style.setProperty("--share", Math.min(1, share).toFixed(3));
    node.append(el("div", { class: `meter${share > 0.9 ? " is-bad" : ""}` }, bar));
  }
  node.append(el("dd", { class: "more", text: more }));
  return node;
}

function trustCard(frame, trust) {
  const total = frame.ops.at(-1);
  const rows = [["p50", "p50", 8], ["p95", "p95", 9], ["p99", "p99", 10], ["p999", "p99.9", 11]].map(([key, name, at]) => {
    const t = trust?.[key] ?? {};
    const kind = t.verdict === "ok" ? "" : t.verdict ? "warn" : "faint";
    const range = t.low && t.high ? ` · between ${ms(t.low)} and ${ms(t.high)} ms` : "";
    return el("tr", {}, el("th", { scope: "row", class: "left", text: name }), el("td", { text: total ? ms(total[at], total[3 - 1]) : "–" }),
      el("td", { text: t.late_share ? percent(t.late_share) : t.verdict ? "0 %" : "–" }), el("td", { class: `left ${kind}`, text: (verdicts[t.verdict] ?? "–") + range + (t.lower_bound ? " · or higher" : "") }));
  });
  return el("section", { class: "card" }, el("header", {}, el("h2", { text: "Do the percentiles stand?" }), el("p", { text: "A wake-up counts as late past 5 % of the value." })),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Trust in the percentiles" }, el("table", {}, el("thead", {}, el("tr", {}, el("th", { class: "left", scope: "col", text: "All operations" }), el("th", { scope: "col", text: "ms" }), el("th", { scope: "col", text: "Late wake-ups" }), el("th", { class: "left", scope: "col", text: "Verdict" }))), el("tbody", {}, ...rows))));
}

function countersCard(values, several) {
  const rows = counters.filter(([key, , , , ofPhases]) => key in values && (several || !ofPhases)).map(([key, name, hint, odd]) => el("tr", {}, el("th", { scope: "row", class: "left" }, name, el("span", { class: "sub", text: hint })),
    el("td", { class: odd && values[key] > 0 ? "warn" : null, text: int(values[key]) })));
  return el("section", { class: "card" }, el("header", {}, el("h2", { text: "What became of the plan" })), el("table", {}, el("tbody", {}, ...rows)));
}
