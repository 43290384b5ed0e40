// The live header: where the run stands, in six figures.

import { el, id, put } from "./dom.js";
import { svg } from "./chart.js";
import { int, ms, percent, short, span, time } from "./format.js";
import { judge } from "./health.js";

const words = { ready: "Ready", spawning: "Spawning", running: "Running", cleanup: "Stopping", stopped: "Stopped" };

/** Shows a frame. rows: the timeline, for the small curve. */
export function header(frame, rows) {
  const state = id("state");
  state.dataset.state = frame.state;
  put(state, words[frame.state] ?? frame.state);
  put(id("host"), frame.host ?? "no target set");
  document.title = `${titleOf(frame)} · ${id("title").textContent}`;
  phase(frame);
  users(frame, rows);
  const total = frame.ops.at(-1);
  const [, , requests, failures, , rps, now, nowFailed] = total ?? ["", "", 0, 0, 0, 0, 0, 0];
  const live = frame.state !== "stopped" && frame.state !== "ready";
  put(id("rps-title"), live ? "Requests/s" : "Requests/s, mean");
  put(id("rps"), short(live ? now : rps));
  put(id("rps-more"), `${int(requests)} in all`);
  spark(id("spark"), rows);
  const share = live && now > 0 ? nowFailed / now : requests > 0 ? failures / requests : 0;
  put(id("failed"), percent(share));
  id("failed").classList.toggle("bad", share > 0);
  put(id("failed-more"), failures > 0 ? `${int(failures)} in all` : requests > 0 ? "none so far" : "");
  latency(frame, total, live);
  generator(frame);
}

function titleOf(frame) {
  const total = frame.ops.at(-1);
  const live = frame.state === "running" || frame.state === "spawning";
  return live && total ? `${short(total[6])}/s` : words[frame.state];
}

/** The phase with what is left of it. */
function phase(frame) {
  const p = frame.phases[frame.phase];
  const many = frame.phases.length > 1;
  put(id("phase-title"), many ? `Phase ${frame.phase + 1} of ${frame.phases.length}` : "Run");
  put(id("phase"), p ? p.name || span(frame.at) : "Not started");
  const over = frame.state === "stopped";
  const length = p?.end !== null && p ? p.end - p.start : null;
  id("phase-meter").parentNode.hidden = length === null;
  id("phase-meter").style.setProperty("--share", length ? Math.min(1, (frame.at - p.start) / length).toFixed(4) : "0");
  const elapsed = span(frame.at);
  const left = length === null ? "without end" : `${span(Math.ceil(p.end - frame.at))} left`;
  put(id("phase-more"), !p ? "" : over ? `ended after ${elapsed}` : p.name ? `${elapsed} · ${left}` : left);
}

/** The users now, how many of them are ON, and what the plan wants; of a run that is over, the most there were. */
function users(frame, rows) {
  const over = frame.state === "stopped";
  const hand = frame.events.some((e) => e.at >= (frame.phases[frame.phase]?.start ?? 0));
  put(id("users-title"), over ? "Users, at most" : hand ? "Users, by hand" : "Users");
  put(id("users"), int(over ? rows.reduce((most, r) => Math.max(most, r.users), 0) : frame.users));
  id("users-planned").hidden = over || frame.state === "cleanup" || frame.planned === frame.users;
  put(id("users-planned").firstChild, hand ? ` plan ${int(frame.planned)}` : ` of ${int(frame.planned)}`);
  id("users-planned").lastChild.hidden = hand;
  id("users-meter").parentNode.hidden = over;
  id("users-meter").style.setProperty("--share", frame.users > 0 ? (frame.on / frame.users).toFixed(3) : "0");
  put(id("users-on"), over ? "all down now" : `${int(frame.on)} ON · ${int(frame.users - frame.on)} OFF`);
}

function latency(frame, total, live) {
  const recent = live ? frame.recent : total ? { p50: total[8], p95: total[9], p99: total[10] } : {};
  const some = (total?.[2] ?? 0) > 0 && (!live || total[6] > 0);
  put(id("p95-title"), live ? "p95, last 10 s" : "p95, whole run");
  put(id("p95"), time(recent.p95, some ? 1 : 0));
  id("p95").classList.toggle("bad", some && recent.p95 === null);
  put(id("p95-more"), some ? `p50 ${ms(recent.p50, 1)} · p99 ${ms(recent.p99, 1)}` : "");
}

function generator(frame) {
  const [kind] = judge(frame);
  const names = { "is-good": "On time", "is-warn": "Doubtful", "is-bad": "Too late", "": "–" };
  put(id("generator"), names[kind]);
  id("generator").className = `big ${kind === "is-bad" ? "bad" : kind === "is-warn" ? "warn" : ""}`;
  put(id("generator-more"), frame.late.p99 === null ? "" : `lag p99 ${time(frame.late.p99)}`);
}

/** The requests/s of the last two minutes as a small curve. */
function spark(node, rows) {
  const some = rows.slice(-120);
  const [w, h] = [120, 34];
  const top = Math.max(...some.map((r) => r.requests / r.w), 1e-9);
  let d = "";
  some.forEach((r, i) => { d += `${i ? "L" : "M"}${((i / Math.max(1, some.length - 1)) * w).toFixed(1)},${(h - 2 - (r.requests / r.w / top) * (h - 6)).toFixed(1)}`; });
  node.setAttribute("viewBox", `0 0 ${w} ${h}`);
  node.setAttribute("preserveAspectRatio", "none");
  if (some.length < 2) return node.replaceChildren();
  node.replaceChildren(svg("path", { class: "fill", d: `${d}V${h}H0Z` }), svg("path", { class: "line", d, "vector-effect": "non-scaling-stroke" }));
}

/** Builds the header. */
export function buildHeader(host) {
  const item = (title, titleId, ...rest) => el("div", {}, el("dt", { text: title, id: titleId }), ...rest);
  const big = (name, ...more) => el("dd", { class: "big" }, el("span", { id: name }), ...more);
  const bigAlone = (name) => el("dd", { class: "big", id: name });
  const more = (name) => el("dd", { class: "more", id: name });
  const meter = (name) => el("dd", { class: "meter" }, el("i", { id: name }));
  const curve = svg("svg", { class: "spark", id: "spark", "aria-hidden": "true" });
  host.replaceChildren(
    item("Run", "phase-title", bigAlone("phase"), meter("phase-meter"), more("phase-more")),
    item("Users", "users-title", big("users", el("small", { id: "users-planned" }, " ", el("span", { class: "wide", text: " planned" }))), meter("users-meter"), more("users-on")),
    item("Requests/s", "rps-title", bigAlone("rps"), more("rps-more"), el("dd", { "aria-hidden": "true" }, curve)),
    item("Failed", null, bigAlone("failed"), more("failed-more")),
    item("p95", "p95-title", bigAlone("p95"), more("p95-more")),
    item("Generator", null, bigAlone("generator"), more("generator-more")));
}
