// The live header: six figures, of the time that the reader looks at.

import { el, id, put } from "./dom.js";
import { int, ms, percent, short, span, time } from "./format.js";
import { judge } from "./health.js";
import { legend, putMarked, signs } from "./marks.js";

const words = { ready: "Ready", spawning: "Spawning", running: "Running", cleanup: "Stopping", stopped: "Stopped" };

/** Shows in the top bar what the run does. */
export function topBar(frame) {
  const state = id("state");
  const seeks = frame.search && !frame.search.over; // also between two of its runs
  state.dataset.state = seeks ? "running" : frame.state;
  put(state, seeks ? "Searching" : words[frame.state] ?? frame.state);
  put(id("host"), frame.host ?? "no target set");
}

/** Shows a frame. base: the time of the figures; rows: the timeline. */
export function header(frame, base, rows) {
  phase(frame);
  users(frame, rows);
  const total = base.rows().at(-1) ?? { requests: 0, failures: 0, rps: null, signs: [] };
  put(id("rps"), short(total.rps));
  put(id("rps-more"), `${int(total.requests)} requests`);
  const share = total.requests > 0 ? total.failures / total.requests : null;
  put(id("failed"), percent(share));
  id("failed").classList.toggle("bad", share > 0);
  put(id("failed-more"), share === null ? "" : share > 0 ? `${int(total.failures)} failures` : "none");
  latency(total);
  generator(frame);
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
  put(id("users-title"), over ? "Users, at most" : hand ? "Users now, by hand" : "Users now");
  put(id("users"), int(over ? rows.reduce((most, r) => Math.max(most, r.users), 0) : frame.users));
  id("users-planned").hidden = over || frame.state === "cleanup" || frame.planned === frame.users;
  put(id("users-planned").firstChild, hand ? ` plan ${int(frame.planned)}` : ` of ${int(frame.planned)}`);
  id("users-planned").lastChild.hidden = hand;
  id("users-meter").parentNode.hidden = over;
  id("users-meter").style.setProperty("--share", frame.users > 0 ? (frame.on / frame.users).toFixed(3) : "0");
  const kinds = (frame.kinds ?? []).filter((k) => k.users > 0).map((k) => ` · ${int(k.users)} ${k.name} (${percent(k.users / frame.users)})`).join("");
  put(id("users-on"), over ? "all down now" : `${int(frame.on)} ON · ${int(frame.users - frame.on)} OFF${kinds}`);
}

function latency(total) {
  const figure = (key, write) => [write(total[key], total.requests), total.requests > 0 ? signs(total, key) : ""];
  putMarked(id("p95"), ...figure("p95", time));
  id("p95").classList.toggle("bad", total.requests > 0 && total.p95 === null);
  const [p50, p99] = id("p95-more").children;
  putMarked(p50, ...figure("p50", ms));
  putMarked(p99, ...figure("p99", ms));
  id("p95-more").hidden = total.requests === 0;
  const used = legend(["p50", "p95", "p99"].map((key) => figure(key, ms)[1]).join(""));
  put(id("signs"), used);
  id("signs").hidden = used === "";
}

function generator(frame) {
  const [kind] = judge(frame);
  const names = { "is-good": "On time", "is-warn": "Doubtful", "is-bad": "Too late", "": "–" };
  put(id("generator"), names[kind]);
  id("generator").className = `big ${kind === "is-bad" ? "bad" : kind === "is-warn" ? "warn" : ""}`;
  put(id("generator-more"), frame.late.p99 === null ? "" : `lag p99 ${time(frame.late.p99)}`);
}

/** Builds the header. */
export function buildHeader(host) {
  const item = (title, titleId, ...rest) => el("div", {}, el("dt", { text: title, id: titleId }), ...rest);
  const big = (name, ...more) => el("dd", { class: "big" }, el("span", { id: name }), ...more);
  const bigAlone = (name) => el("dd", { class: "big", id: name });
  const more = (name) => el("dd", { class: "more", id: name });
  const meter = (name) => el("dd", { class: "meter" }, el("i", { id: name }));
  host.replaceChildren(
    item("Run", "phase-title", bigAlone("phase"), meter("phase-meter"), more("phase-more")),
    item("Users now", "users-title", big("users", el("small", { id: "users-planned" }, " ", el("span", { class: "wide", text: " planned" }))), meter("users-meter"), more("users-on")),
    item("Requests/s", null, bigAlone("rps"), more("rps-more")),
    item("Failed", null, bigAlone("failed"), more("failed-more")),
    item("p95", null, bigAlone("p95"), el("dd", { class: "more", id: "p95-more" }, "p50 ", el("span"), " · p99 ", el("span"))),
    item("Generator, whole run", null, bigAlone("generator"), more("generator-more")));
}
