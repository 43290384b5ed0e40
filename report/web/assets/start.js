// The start form with a preview of what it would run.

import { chips, el, icon } from "./dom.js";
import { int, none, words } from "./format.js";
import { Mix } from "./kinds.js";
import { planChart, planRows } from "./plots.js";

/** Sends a form to the server and returns its answer; throws when there is none. */
export async function send(address, fields) {
  const answer = await fetch(address, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: "application/json" } });
  return answer.json();
}

/** Seconds of a time span such as 1h30m; null if it is none. */
export function seconds(text) {
  const parts = /^(?:(\d+)|(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?)$/.exec(text.trim());
  if (!parts || text.trim() === "") return null;
  const [, plain, h, m, s] = parts.map((p) => Number(p ?? 0));
  return plain + 3600 * h + 60 * m + s;
}

/** What --stages would read from a text: {curve: [[offset in s, level], ...], rate, most, end, flat}, where flat is the offset from which it stays level; null if it is none. */
export function stagesOf(text) {
  const curve = [[0, 0]];
  let [at, level, flat, most, rate] = [0, 0, 0, 0, null];
  for (const part of text.split(",")) {
    const m = /^\s*(?:(\d+)|(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?(?:(\d+)us)?(?:(\d+)ns)?)\s*:\s*(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)\s*(\/s)?\s*$/.exec(part);
    if (!m || /^\s*:/.test(part) || (rate !== null && rate !== Boolean(m[9]))) return null;
    rate = Boolean(m[9]);
    const units = [1, 3600, 60, 1, 1e-3, 1e-6, 1e-9];
    at += units.reduce((sum, unit, i) => sum + unit * Number(m[i + 1] ?? 0), 0);
    if (Number(m[8]) !== level) flat = at;
    level = Number(m[8]);
    most = Math.max(most, level);
    curve.push([at, level]);
  }
  return most > 0 ? { curve, rate, most, end: at, flat } : null;
}

export class Start {
  /** onStarted() is called when a start was accepted. */
  constructor(host, config, onStarted) {
    Object.assign(this, { host, config, onStarted });
    this.mode = config.schedule.length > 0 ? "schedule" : "level";
    this.build();
  }

  build() {
    const c = this.config;
    this.error = el("p", { class: "form-error", role: "alert", id: "start-error", hidden: true });
    this.inputs = {
      user_count: input("number", { value: c.users, min: 1, max: c.max_users, step: 1, required: true, inputmode: "numeric" }),
      spawn_rate: input("number", { value: c.spawn_rate, min: 0, step: "any", required: true, inputmode: "decimal" }),
      run_time: input("text", { value: c.run_time, placeholder: "no limit", pattern: "\\d+|(\\d+h)?(\\d+m)?(\\d+s)?" }),
      stages: input("text", { value: c.stages, placeholder: "2m:10, 5m:50, 30s:0" }),
      host: input("text", { value: c.host, disabled: !c.allow_host, placeholder: c.allow_host ? "http://localhost:8081" : "set by the program", inputmode: "url" }),
    };
    this.parts = {};
    const field = (name, label, hint) => this.parts[name] = el("div", { class: "field" }, el("label", { for: `in-${name}`, text: label }), this.named(name, hint), el("p", { class: "hint", id: `hint-${name}`, text: hint }));
    this.level = el("div", { class: "fields" }, field("user_count", "Users", "at the peak"), field("spawn_rate", "Spawn rate", "users per second, up and down"), field("stages", "Stages", "time and users of each, straight from one to the next; 0 jumps, 100/s are arrivals"), field("run_time", "Run time", "such as 90s, 10m or 1h30m; empty runs until stopped"));
    this.plan = el("ol", { class: "plan" }, ...c.schedule.map((p) => el("li", {}, el("b", { text: p.name }), el("span", { class: "num muted", text: phaseWords(p) }))));
    const choice = [["level", "One level"], ["stages", "Stages"]];
    if (c.schedule.length > 0) choice.unshift(["schedule", "Phase schedule"]);
    const modes = chips("What to run", choice, this.mode, (m) => { this.mode = m; this.refresh(); });
    this.kinds = c.kinds.map((name) => el("input", { type: "checkbox", name: "user_classes", value: name, checked: true }));
    const kinds = c.kinds.length > 0 ? el("fieldset", { class: "field kinds" }, el("legend", { text: "Kinds of users" }),
      ...this.kinds.map((box) => el("label", {}, box, ` ${box.value} `))) : null;
    this.mix = new Mix(c.mix);
    this.go = el("button", { class: "btn is-main is-large", type: "submit" }, icon("start"), el("span", { text: "Start" }));
    this.back = el("button", { class: "btn is-bare", type: "button", text: "Back to the last run", hidden: true, onclick: () => this.onStarted(false) });
    this.form = el("form", { class: "card start-form", novalidate: true, onsubmit: (event) => this.submit(event), oninput: () => this.refresh() },
      el("h2", { text: "New run" }), modes, this.level, this.plan, ...(kinds ? [kinds] : []), ...(c.mix.length > 1 ? [this.mix.node] : []), field("host", "Target", c.allow_host ? "base URL" : "set by the program that serves this page"), this.error,
      el("div", { class: "form-end" }, this.go, this.back));
    this.facts = el("dl", { class: "facts" });
    this.preview = el("div", {});
    this.host.replaceChildren(this.form, el("div", { class: "start-side" }, this.preview, this.facts));
    this.chart = planChart(this.preview);
    this.refresh();
  }

  named(name, hint) {
    const node = this.inputs[name];
    node.id = `in-${name}`;
    node.name = name;
    if (hint) node.setAttribute("aria-describedby", `hint-${name}`);
    return node;
  }

  /** Shows or hides the way back to the run before. */
  show(canGoBack) {
    this.back.hidden = !canGoBack;
    this.chart.draw();
  }

  /** The phases that the form describes. */
  phases() {
    if (this.mode === "schedule") return this.config.schedule;
    if (this.mode === "stages") {
      const s = stagesOf(this.inputs.stages.value) ?? { curve: [[0, 0]], rate: false, most: 0, end: 0, flat: 0 };
      const end = seconds(this.inputs.run_time.value) || s.end || null;
      return [{ name: "", start: 0, end, users: s.rate ? 0 : s.most, most: s.most, spawn_rate: 0, ramp_end: Math.min(s.flat, end ?? s.flat), settle: 0, curve: s.curve, rate: s.rate }];
    }
    const users = Math.max(0, Math.round(Number(this.inputs.user_count.value)) || 0);
    const rate = Number(this.inputs.spawn_rate.value) || 0;
    return [{ name: "", start: 0, end: seconds(this.inputs.run_time.value) || null, users, spawn_rate: rate, ramp_end: rate > 0 ? users / rate : 0, settle: 0 }];
  }

  refresh() {
    const scheduled = this.mode === "schedule";
    this.mix.refresh();
    this.level.hidden = scheduled;
    for (const name of ["user_count", "spawn_rate"]) this.parts[name].hidden = this.mode !== "level";
    this.parts.stages.hidden = this.mode !== "stages";
    const [length, ends] = this.mode === "stages" ? ["as long as the stages", "ends with them"] : ["no limit", "runs until stopped"];
    this.inputs.run_time.placeholder = length;
    this.parts.run_time.querySelector(".hint").textContent = `such as 90s, 10m or 1h30m; empty ${ends}`;
    this.plan.hidden = !scheduled;
    const phases = this.phases();
    const last = phases.at(-1);
    if (Boolean(last.rate) !== Boolean(this.drawsRate)) {
      this.drawsRate = last.rate;
      this.chart = planChart(this.preview, last.rate);
    }
    const end = last.end ?? last.start + Math.max(60, 1.6 * (last.ramp_end - last.start));
    this.chart.update({ rows: planRows(phases, end), bands: phases, marks: [] }, 0, end);
    const most = Math.max(...phases.map((p) => p.users));
    const facts = [last.rate ? ["Highest rate", `${+last.most.toPrecision(3)}/s`] : ["Most users", int(most)], this.mode === "stages" ? ["Stages", String(last.curve.length - 1)] : scheduled ? ["Phases", String(phases.length)] : ["Ramp", last.ramp_end > 0 ? words(last.ramp_end) : none], ["Ends", last.end ? `after ${words(last.end)}` : "when it is stopped"]];
    this.facts.replaceChildren(...facts.map(([t, v]) => el("div", {}, el("dt", { text: t }), el("dd", { text: v }))));
  }

  async submit(event) {
    event.preventDefault();
    if (this.go.disabled) return;
    this.fail("", "");
    const fields = this.mode === "schedule" ? { schedule: "true" } : this.mode === "stages" ? { stages: this.inputs.stages.value, run_time: this.inputs.run_time.value.trim() } : { user_count: this.inputs.user_count.value, spawn_rate: this.inputs.spawn_rate.value, run_time: this.inputs.run_time.value.trim() };
    if (fields.stages?.trim() === "") {
      this.fail("Stages: give times and users such as 2m:10, 5m:50, 30s:0.", "stages");
      return;
    }
    if (this.config.allow_host) fields.host = this.inputs.host.value;
    const kinds = this.kinds.filter((box) => box.checked).map((box) => ["user_classes", box.value]);
    if (this.kinds.length > 0 && kinds.length === 0) {
      this.fail("Kinds of users: choose one at least.", "");
      return;
    }
    if (this.mix.problem()) {
      this.fail(this.mix.problem(), "");
      return;
    }
    this.go.disabled = true;
    try {
      const refused = await this.mix.send();
      if (refused) {
        this.fail(refused, "");
        return;
      }
      const answer = await send("swarm", [...Object.entries(fields), ...kinds]);
      if (answer.success) this.onStarted(true);
      else this.fail(answer.message, answer.field);
    } catch {
      this.fail("The server does not answer. It may have ended.", "");
    } finally {
      this.go.disabled = false;
    }
  }

  /** Shows what is wrong next to the field that it concerns. */
  fail(message, field) {
    this.error.textContent = readable(message, field);
    this.error.hidden = message === "";
    for (const [name, node] of Object.entries(this.inputs)) {
      if (name === field) node.setAttribute("aria-invalid", "true");
      else node.removeAttribute("aria-invalid");
      node.setAttribute("aria-describedby", `hint-${name}${name === field ? " start-error" : ""}`);
    }
    this.inputs[field]?.focus();
  }
}

const labels = { user_count: "Users", spawn_rate: "Spawn rate", run_time: "Run time", stages: "Stages", host: "Target" };

/** The server's words with the form's names of fields. */
export function readable(message, field) {
  if (message.startsWith("Missing user_count")) return `${labels[field] ?? "A field"}: give a number above 0.`;
  if (field === "run_time") return `Run time: give a time such as 20s, 3m or 1h20m.`;
  return labels[field] ? message.replace(`${field}:`, `${labels[field]}:`) : message;
}

const input = (type, attributes) => el("input", { type, autocomplete: "off", ...attributes });

function phaseWords(p) {
  const length = p.end === null ? "until stopped" : words(p.end - p.start);
  if (p.curve) return `at most ${int(p.users)} users by stages · ${length}`;
  const rate = p.spawn_rate > 0 ? ` at ${+p.spawn_rate.toPrecision(3)}/s` : "";
  return `${int(p.users)} users${rate} · ${length}`;
}
