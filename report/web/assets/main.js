// The page: one frame a second goes to the header and to the tab on show.

import { Controls } from "./controls.js";
import { chips, el, empty, id, put } from "./dom.js";
import { downloads } from "./download.js";
import { Verdict } from "./effect.js";
import { words } from "./format.js";
import { buildHeader, header } from "./header.js";
import { Health } from "./health.js";
import { Phases } from "./phases.js";
import { plots } from "./plots.js";
import { Start } from "./start.js";
import { Stats } from "./stats.js";
import { Stream } from "./stream.js";
import { applyTheme, themeSwitch } from "./theme.js";
import { Timeline } from "./timeline.js";
import { Exceptions, Failures, Logs } from "./trouble.js";

applyTheme();
const config = JSON.parse(id("config").textContent);
const locust = id("template-args").textContent; // scripts for Locust's page look for this object
window.templateArgs = JSON.parse(locust.slice(locust.indexOf("{")));

const timeline = new Timeline();
let frame = null;
let starting = false; // the start form is on show though a run is over

/** The charts with their tools. */
class Charts {
  constructor(host) {
    const all = el("button", { class: "btn", type: "button", text: "Show all", hidden: true, onclick: () => this.group.zoomTo(null) });
    const tools = el("div", { class: "tools" },
      chips("Stretch", [["0", "All"], ["900", "15 min"], ["300", "5 min"], ["60", "1 min"]], "0", (v) => this.group.follow(Number(v))),
      all, el("span", { class: "spacer" }), el("p", { class: "faint wide", text: "Drag to zoom, double-click to show all, arrow keys move the cursor. Shaded: ramp and settling." }));
    const area = el("div");
    this.blank = empty("calm", "Nothing to draw yet", "The charts begin with the first second of a run.");
    this.area = area;
    host.replaceChildren(tools, area, this.blank);
    this.group = plots(area, (zoomed) => { all.hidden = !zoomed; });
  }

  update(frame) {
    const some = timeline.rows.length > 0;
    this.area.hidden = !some;
    this.blank.hidden = some;
    if (!some) return;
    const last = timeline.rows.at(-1);
    this.group.update({ rows: timeline.rows, bands: frame.phases, marks: frame.events }, frame.since, last.s + last.w);
  }
}

const tabs = [
  ["statistics", "Statistics", Stats], ["charts", "Charts", Charts], ["phases", "Phases", Phases],
  ["failures", "Failures", Failures], ["exceptions", "Exceptions", Exceptions],
  ["generator", "Generator", Health], ["logs", "Logs", Logs], ["download", "Download", null],
].map(([name, title, Kind]) => {
  const panel = el("section", { class: "panel", id: `panel-${name}`, role: "tabpanel", "aria-labelledby": `tab-${name}`, tabindex: "-1", hidden: true });
  const badge = el("span", { class: "badge", hidden: true });
  const button = el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": panel.id, onclick: () => { location.hash = name; } }, title, badge);
  return { name, title, Kind, panel, badge, button };
});

let shown = null; // the tab on show

/** Shows the tab that the address names. */
function choose() {
  const chosen = tabs.find((t) => t.name === location.hash.slice(1)) ?? tabs[0];
  for (const t of tabs) {
    t.panel.hidden = t !== chosen;
    t.button.setAttribute("aria-selected", String(t === chosen));
    t.button.tabIndex = t === chosen ? 0 : -1;
  }
  if (!chosen.view) chosen.view = chosen.Kind ? new chosen.Kind(chosen.panel) : (downloads(chosen.panel, config), { update() {} });
  if (chosen !== shown) chosen.button.scrollIntoView({ block: "nearest", inline: "nearest" });
  shown = chosen;
  if (frame) {
    chosen.view.update(frame);
    verdict.update(frame, chosen.name);
  }
  return chosen;
}

function buildTabs() {
  id("tabs").append(...tabs.map((t) => t.button));
  id("panels").append(...tabs.map((t) => t.panel));
  id("tabs").addEventListener("keydown", (event) => {
    const at = tabs.findIndex((t) => t.button === document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = tabs[to % tabs.length];
    location.hash = next.name;
    next.button.focus();
  });
  window.addEventListener("hashchange", choose);
}

/** Takes a frame from the server. */
function take(next) {
  if (next.error) return lose(true, Date.now(), `The server cannot describe the run: ${next.error}`);
  if (next.server !== config.server) return anew(); // its runs are others of the same numbers
  const before = frame;
  frame = next;
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
  const first = frame.state === "ready" && frame.run === 0;
  const form = (first || starting) && config.control;
  id("start").hidden = !form;
  id("waiting").hidden = !(first && !config.control);
  id("results").hidden = form || first;
  header(frame, timeline.rows);
  id("notes").replaceChildren(...frame.notes.map((n) => el("p", { class: "note", text: n })));
  controls.update(frame, starting);
  badge("failures", frame.failures);
  badge("exceptions", frame.exceptions);
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
  put(id("lost-text"), lost ? text ?? "Connection lost. Trying again…" : "");
  put(id("lost-age"), lost && age > 2 ? `These figures are ${words(age)} old.` : "");
}

buildHeader(id("live"));
const verdict = new Verdict(id("verdict"));
buildTabs();
themeSwitch(id("theme"));
const startForm = config.control ? new Start(id("start"), config, () => { starting = false; draw(); }) : null;
const controls = new Controls(id("actions"), config, () => { starting = true; draw(); startForm.inputs.user_count.focus(); });
if (!config.control) id("waiting").append(empty("calm", "Waiting for a run", "The program that serves this page starts it. The figures appear here by themselves."));
// What is logged and answered after the last frame of a run shows too.
new Stream("api/events", take, lose, () => {
  timeline.complete(draw);
  if (frame && !id("results").hidden) shown.view.update(frame);
});
