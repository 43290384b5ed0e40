// The buttons that steer the run, and their dialogs.

import { el, icon, id } from "./dom.js";
import { readable, send } from "./start.js";

const moving = (state) => state === "spawning" || state === "running";

export class Controls {
  /** onNew(): the reader wants the start form. */
  constructor(host, config, onNew) {
    this.config = config;
    if (!config.control) {
      host.append(el("span", { class: "tag", text: "View only", title: "The program that serves this page gave it no control." }));
      return;
    }
    const button = (name, sign, text, kind, act) => el("button", { type: "button", class: `btn ${kind}`, id: name, hidden: true, onclick: act, "aria-label": text }, icon(sign), el("span", { class: "wide", text }));
    this.new = button("new", "start", "New run", "is-main", onNew);
    this.edit = button("edit", "edit", "Edit users", "", () => this.openEdit());
    this.stop = button("stop", "stop", "Stop", "is-stop", () => this.halt());
    this.reset = button("reset", "reset", "Reset", "is-bare", () => this.openReset());
    host.append(this.reset, this.edit, this.stop, this.new);
    this.buildEdit();
    this.buildReset();
    this.trouble = el("p", { class: "form-error", role: "alert" });
    this.troubleDialog = dialog("The run was not stopped", this.trouble, "Try again", () => { this.troubleDialog.close(); this.halt(); });
  }

  /** Shows what can be done in a state. */
  update(frame, starting) {
    if (!this.config.control) return;
    this.frame = frame;
    if (frame.search) { // which chooses the load itself
      this.stop.hidden = frame.search.over;
      this.stop.disabled = this.stopping;
      return;
    }
    this.edit.hidden = this.stop.hidden = !(moving(frame.state) || frame.state === "cleanup");
    this.edit.disabled = frame.state === "cleanup";
    this.stop.disabled = frame.state === "cleanup" || this.stopping;
    this.reset.hidden = frame.state === "ready" || starting;
    this.new.hidden = frame.state !== "stopped" || starting;
  }

  buildEdit() {
    this.users = el("input", { type: "number", min: 0, max: this.config.max_users, id: "edit-users", inputmode: "numeric", required: true });
    this.rate = el("input", { type: "number", min: 0, step: "any", id: "edit-rate", inputmode: "decimal", required: true });
    this.editError = el("p", { class: "form-error", role: "alert", hidden: true });
    this.editHint = el("p", { class: "hint" });
    const field = (input, label, hint) => el("div", { class: "field" }, el("label", { for: input.id, text: label }), input, el("p", { class: "hint", text: hint }));
    this.editDialog = dialog("Edit users", this.editHint,
      el("div", { class: "fields" }, field(this.users, "Users", "from now on"), field(this.rate, "Spawn rate", "users per second")),
      this.editError, "Apply", () => this.apply());
  }

  openEdit() {
    const p = this.frame.phases[this.frame.phase];
    this.users.value = this.frame.events.some((e) => e.at >= (p?.start ?? 0)) ? this.frame.users : this.frame.planned || this.frame.users;
    this.rate.value ||= p?.spawn_rate || 1;
    this.editHint.textContent = this.frame.phases.length > 1
      ? "Only the difference is spawned or stopped; the figures continue. The next phase starts with its own number of users."
      : "Only the difference is spawned or stopped; the figures continue.";
    this.editError.hidden = true;
    this.editDialog.showModal();
    this.users.select();
  }

  async apply() {
    const answer = await attempt(() => send("swarm", { user_count: this.users.value, spawn_rate: this.rate.value }));
    if (answer.success) return this.editDialog.close();
    this.editError.textContent = readable(answer.message, answer.field);
    this.editError.hidden = false;
    (answer.field === "spawn_rate" ? this.rate : this.users).focus();
  }

  buildReset() {
    this.resetHint = el("p", { class: "muted" });
    this.resetError = el("p", { class: "form-error", role: "alert", hidden: true });
    this.resetDialog = dialog("Reset the figures?", this.resetHint, this.resetError, "Reset", async () => {
      const answer = await attempt(() => fetch("stats/reset").then((a) => (a.headers.get("Content-Type").includes("html") && a.ok ? { success: true } : a.json())));
      if (answer.success) return this.resetDialog.close();
      this.resetError.textContent = answer.message;
      this.resetError.hidden = false;
    });
  }

  openReset() {
    const on = this.frame.state === "stopped" ? "" : this.frame.phases.length > 1 ? " Users and phases continue as they are." : " The users continue as they are.";
    this.resetHint.textContent = `All figures begin again at zero.${on} What was measured until now is lost unless you download it first.`;
    this.resetError.hidden = true;
    this.resetDialog.showModal();
  }

  async halt() {
    this.stopping = this.stop.disabled = true;
    const answer = await attempt(() => fetch("stop").then((a) => a.json()));
    this.stopping = false;
    if (this.frame) this.update(this.frame);
    if (answer.success) return;
    this.trouble.textContent = answer.message;
    this.troubleDialog.showModal();
  }
}

/** What the server answers, or why it does not. */
async function attempt(act) {
  try { return await act(); } catch { return { success: false, message: "The server does not answer." }; }
}

let made = 0;

/** A modal form with two buttons: parts end with the verb and what it does. */
function dialog(title, ...parts) {
  const act = parts.pop();
  const verb = parts.pop();
  const name = `dialog-${++made}`;
  const node = el("dialog", { class: "card", "aria-labelledby": name });
  node.append(el("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); act(); } }, el("h2", { text: title, id: name }), ...parts.filter(Boolean),
    el("div", { class: "form-end" }, el("button", { class: "btn is-main", type: "submit", text: verb }), el("button", { class: "btn is-bare", type: "button", text: "Cancel", onclick: () => node.close() }))));
  node.addEventListener("click", (event) => { if (event.target === node) node.close(); });
  id("dialogs").append(node);
  return node;
}
