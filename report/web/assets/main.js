// The page: one frame a second goes to the header and to the tab on show.

import { Controls } from "./controls.js";
import { chips, el, empty, id, put, renew } from "./dom.js";
import { downloads } from "./download.js";
import { words } from "./format.js";
import { buildHeader, header, topBar } from "./header.js";
import { Health } from "./health.js";
import { Feed, renewTable } from "./operation.js";
import { Outcome } from "./outcome.js";
import { Overview } from "./overview.js";
import { Own } from "./own.js";
import { Phases } from "./phases.js";
import { choosePlace, keepStretch, noteStretch, place, readPlace } from "./place.js";
import { plots } from "./plots.js";
import { Runs } from "./runs.js";
import { Curve, Search } from "./search.js";
import { showStanding, standing, titleOf } from "./standing.js";
import { Start } from "./start.js";
import { Stats } from "./stats.js";
import { Stream } from "./stream.js";
import { applyTheme, themeSwitch } from "./theme.js";
import { TimeBase } from "./timebase.js";
import { Timeline } from "./timeline.js";
import { Exceptions, Failures, Logs } from "./trouble.js";
import { troubles, Workers } from "./workers.js";

applyTheme();
const config = JSON.parse(id("config").textContent);
const locust = id("template-args").textContent; // scripts for Locust's page look for this object
window.templateArgs = JSON.parse(locust.slice(locust.indexOf("{")));

const timeline = new Timeline();
let frame = null;
let starting = false; // the start form is on show though a run is over

/** The charts with their tools. */
class Charts {
  restore() { this.fresh = true; }

  constructor(host) {
    const all = el("button", { class: "btn", type: "button", text: "Show all", hidden: true, onclick: () => this.group.zoomTo(null) });
    const tools = el("div", { class: "tools" },
      chips("Stretch", [["0", "All"], ["900", "15 min"], ["300", "5 min"], ["60", "1 min"]], "0", (v) => this.group.follow(Number(v))),
      all, el("span", { class: "spacer" }), el("p", { class: "faint wide", text: "Drag to zoom, double-click to show all, arrow keys move the cursor. Shaded: ramp and settling." }));
    const area = el("div");
    const table = el("div");
    this.blank = empty("calm", "Nothing to draw yet", "The charts begin with the first second of a run.");
    this.area = el("div", {}, area, table);
    host.replaceChildren(tools, this.area, this.blank);
    this.group = plots(area, (zoomed) => {
      all.hidden = !zoomed;
      noteStretch(this.group);
    });
    this.fresh = true;
    this.feed = new Feed((answer) => {
      this.group.heat.take(answer.chart);
      this.group.draw();
      renewTable(table, answer.table);
    });
  }

  update(frame) {
    const some = timeline.rows.length > 0;
    this.area.hidden = !some;
    this.blank.hidden = some;
    if (!some) return;
    const last = timeline.rows.at(-1);
    this.group.update({ rows: timeline.rows, bands: frame.phases, marks: frame.events }, frame.since, last.s + last.w);
    if (this.fresh) keepStretch(this.group);
    this.fresh = false;
    this.feed.ask(frame, {}, this.group.zoom);
  }
}

const tabs = [
  ...(config.search ? [["capacity", "Capacity", Curve]] : []),
  ["statistics", "Statistics", Stats], ["charts", "Charts", Charts], ["phases", "Phases", Phases],
  ["script", "Transactions and figures", Own],
  ["failures", "Failures", Failures], ["exceptions", "Exceptions", Exceptions], ...(config.workers ? [["workers", "Workers", Workers]] : []),
  ["generator", "Generator", Health], ["logs", "Logs", Logs], ["runs", "Runs", Runs], ["download", "Download", null],
].map(([name, title, Kind]) => {
  const panel = el("section", { class: "panel", id: `panel-${name}`, role: "tabpanel", "aria-labelledby": `tab-${name}`, tabindex: "-1", hidden: true });
  const badge = el("span", { class: "badge", hidden: true });
  const button = el("button", { type: "button", role: "tab", hidden: name === "script", id: `tab-${name}`, "aria-controls": panel.id, onclick: () => goTo(name) }, title, badge);
  return { name, title, Kind, panel, badge, button };
});

const anyTime = ["statistics", "charts", "logs", "download"]; // tabs whose figures, if any, are of the time that the reader chooses

let shown = null; // the tab on show

/** Goes to a tab, as a new entry in the history. */
function goTo(tab) {
  location.hash = tab;
}

/** Follows the address where the reader, or a link, has changed it. */
function follow() {
  readPlace();
  for (const part of [base, ...tabs.map((t) => t.view)]) part?.restore?.();
  choosePlace({ tab: choose().name });
}

/** Shows the tab of the place. */
function choose() {
  const chosen = tabs.find((t) => t.name === place.tab) ?? tabs[0];
  place.tab = chosen.name;
  for (const t of tabs) {
    t.panel.hidden = t !== chosen;
    t.button.setAttribute("aria-selected", String(t === chosen));
    t.button.tabIndex = t === chosen ? 0 : -1;
  }
  if (!chosen.view) chosen.view = chosen.Kind ? new chosen.Kind(chosen.panel) : (downloads(chosen.panel, config), { update() {} });
  if (chosen !== shown) chosen.button.scrollIntoView({ block: "nearest", inline: "nearest" });
  shown = chosen;
  if (frame) look();
  return chosen;
}

/** Shows the figures, of one time for all. */
function look() {
  id("results").classList.toggle("at-search", shown.Kind === Curve); // which has nothing of a run
  if (shown.Kind === Curve) return shown.view.update(search);
  if (frame.run === 0) return;
  base.update(frame, !anyTime.includes(shown.name));
  header(frame, base, timeline.rows);
  overview.update(frame, timeline.rows, base);
  id("overview").hidden ||= shown.name === "charts"; // which has them larger
  shown.view.update(frame, base, outcome);
}

function buildTabs() {
  id("tabs").append(...tabs.map((t) => t.button));
  id("panels").append(...tabs.map((t) => t.panel));
  id("tabs").addEventListener("keydown", (event) => {
    const open = tabs.filter((t) => !t.button.hidden);
    const at = open.findIndex((t) => t.button === document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + open.length, Home: 0, End: open.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = open[to % open.length];
    goTo(next.name);
    next.button.focus();
  });
  window.addEventListener("hashchange", follow);
}

/** Takes a frame from the server. */
function take(next) {
  if (next.error) return lose(true, Date.now(), `The server cannot describe the run: ${next.error}`);
  if (next.server !== config.server) return anew(); // its runs are others of the same numbers
  const before = frame;
  frame = next;
  outcome.update(frame);
  document.body.classList.remove("is-loading");
  if (before && before.run !== next.run && next.state !== "stopped") starting = false;
  timeline.take(next, draw);
  draw();
}

/** Loads the page of a server that has started anew, but not over and over: several may answer in turn at one address. */
function anew() {
  const pause = 30_000; // ms
  try {
    if (Date.now() - Number(sessionStorage.getItem("anew")) < pause) {
      return lose(true, Date.now(), "Another server answers than the one that this page is from. If that happens again and again, several share this address.");
    }
    sessionStorage.setItem("anew", String(Date.now()));
  } catch { /* no storage */ }
  location.reload();
}

function draw() {
  const first = frame.state === "ready" && frame.run === 0 && !search;
  const form = (first || starting) && config.control;
  id("start").hidden = !form;
  id("waiting").hidden = !(first && !config.control);
  id("results").hidden = form || first;
  topBar(frame);
  const points = standing(frame, outcome);
  document.title = search ? search.titleOf(frame, config.title) : titleOf(frame, points, config.title);
  showStanding(id("standing"), points, outcome);
  const notes = frame.state !== "stopped" && frame.health.bottleneck ? [frame.health.bottleneck] : frame.notes;
  renew(id("notes"), ...notes.map((n) => el("p", { class: "note", text: n })));
  controls.update(frame, starting);
  search?.update(frame);
  put(tabs.find((t) => t.name === "phases").button.firstChild, frame.phases.length > 1 ? "Phases" : search ? "Hold" : "Run");
  tabs.find((t) => t.name === "script").button.hidden = !frame.own && shown?.name !== "script";
  badge("failures", frame.failures);
  badge("exceptions", frame.exceptions);
  if (frame.workers) {
    badge("workers", frame.workers.troubled);
    troubles(id("troubles"), frame.workers);
  }
  if (form) startForm.show(!first);
  else if (!first) choose();
}

function badge(name, n) {
  const node = tabs.find((t) => t.name === name).badge;
  node.hidden = n === 0;
  put(node, String(n));
}

/** Says that the connection is lost, and since when. */
function lose(lost, since, text) {
  document.body.classList.toggle("is-lost", lost);
  id("lost").hidden = !lost;
  const age = Math.round((Date.now() - since) / 1000);
  if (lost) document.title = `✗ no connection · ${config.title}`;
  put(id("lost-text"), lost ? text ?? "Connection lost. Trying again…" : "");
  put(id("lost-age"), lost && age > 2 ? `These figures are ${words(age)} old.` : "");
}

readPlace();
buildHeader(id("live"));
const outcome = new Outcome(draw);
const base = new TimeBase(id("base"), look);
const overview = new Overview(id("overview"));
buildTabs();
themeSwitch(id("theme"));
const search = config.search ? new Search(id("search"), draw) : null;
if (search) id("search").after(id("tabs"));
const startForm = config.control && !search ? new Start(id("start"), config, () => { starting = false; draw(); }) : null;
const controls = new Controls(id("actions"), config, () => { starting = true; draw(); startForm.inputs.user_count.focus(); });
if (!config.control) id("waiting").append(empty("calm", "Waiting for a run", "The program that serves this page starts it. The figures appear here by themselves."));
// What is logged and answered after the last frame of a run shows too.
new Stream("api/events", take, lose, () => {
  timeline.complete(draw);
  if (!frame) return;
  outcome.update(frame);
  if (!id("results").hidden) look();
});
