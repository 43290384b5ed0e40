// Where the run stands, each in words with a sign and a colour: verdict, claims, failures, generator. It heads the first screen,
// and the title of the tab says the worst of it.

import { el, renew } from "./dom.js";
import { int, percent, span } from "./format.js";

const marks = { bad: "✗", warn: "!", good: "✓", plain: "·" };
const most = 6; // claims on the first screen
const states = { ready: "ready", spawning: "spawning", running: "running", cleanup: "stopping", stopped: "stopped" };

/** What there is to say, the worst first: {kind, text, short: for the title, "" if not worth it, tab: where there is more}. */
export function standing(frame, outcome) {
  const all = [verdict(outcome), looks(frame), claims(outcome), failures(frame), generator(frame)].filter(Boolean);
  const ranks = Object.keys(marks);
  return all.sort((a, b) => ranks.indexOf(a.kind) - ranks.indexOf(b.kind));
}

function verdict({ effect }) {
  const view = effect?.view;
  if (!view) return null;
  const kind = { worse: "bad", unknown: "warn", changed: "warn" }[view.kind] ?? "good";
  return { kind, text: `${view.word}${view.rest}`, short: view.word.replace(/[:.\s]+$/, "").toLowerCase(), tab: "phases", wide: true };
}

/** What the last look said and when the next one is; it shows no effect between two looks. */
function looks({ looks: l }) {
  if (!l) return null;
  const next = l.next > 0 ? ` ${span(l.next)}` : "";
  const of = l.of > 0 ? ` of ${l.of}` : "";
  const text = l.made === 0 ? `Not looked at yet; look 1${of} at${next}`
    : next ? `Looked at ${l.made}${of}: no decision yet; next at${next}` : `Looked at ${l.made}${of}: decided`;
  return { kind: "plain", text, said: l.said, short: "", tab: "logs", looks: true };
}

function claims({ claims }) {
  if (!claims?.view) return null;
  const { rows } = claims.view;
  const [broken, undecided] = ["broken", "undecided"].map((kind) => rows.filter((r) => r.kind === kind).length);
  const of = (n) => `${n} of ${rows.length} ${rows.length === 1 ? "claim" : "claims"}`;
  if (broken > 0) {
    const [text, short] = claims.over ? ["broken", "broken"] : ["failing so far", "failing"];
    return { kind: "bad", text: `${of(broken)} ${text}`, short: `${broken} ${short}`, tab: "phases" };
  }
  if (undecided > 0) return { kind: "plain", text: `${of(undecided)} not yet decidable`, short: "", tab: "phases" };
  const held = claims.over ? "hold" : "pass";
  return { kind: "good", text: `Claims ${held}${claims.over ? "" : " so far"}`, short: `claims ${held}`, tab: "phases" };
}

function failures(frame) {
  const [, , requests = 0, failed = 0] = frame.ops.at(-1) ?? [];
  if (requests === 0) return { kind: "plain", text: "No request has been answered", short: "", tab: "failures" };
  if (failed === 0) return { kind: "good", text: `None of the run's ${int(requests)} requests failed`, short: "", tab: "failures" };
  const share = percent(failed / requests);
  if (failed === requests) return { kind: "bad", text: `All of the run's ${int(requests)} requests failed`, short: "all requests failed", tab: "failures" };
  return { kind: "bad", text: `${share} of the run's ${int(requests)} requests failed`, short: `${share} failed`, tab: "failures" };
}

function generator({ health }) {
  const text = { "on time": "Generator on time", doubtful: "Generator doubtful", "too late": "Generator too late" }[health.lag];
  if (!text) return null;
  const kind = { "on time": "good", doubtful: "warn", "too late": "bad" }[health.lag];
  return { kind, text, short: kind === "good" ? "" : text.toLowerCase(), tab: "generator" };
}

/** The title of the tab. */
export function titleOf(frame, items, name) {
  if (frame.run === 0) return `ready · ${name}`;
  const bad = (x) => x.kind === "bad" || x.kind === "warn";
  const worth = items.filter((x) => x.short !== "" && bad(x) === bad(items[0]));
  const said = worth.length > 0 ? `${marks[worth[0].kind]} ${worth.map((x) => x.short).join(", ")}` : states[frame.state];
  return `${said} · ${span(frame.at)} · ${name}`;
}

/** Shows where the run stands. */
export function showStanding(host, items, outcome) {
  const rows = outcome.claims?.view?.rows ?? [];
  host.className = `card standing is-${items[0].kind}`;
  renew(host,
    el("ul", { class: "points" }, ...items.map((x) => el("li", { class: `point is-${x.kind}${x.wide ? " is-wide" : ""}${x.looks ? " is-looks" : ""}` },
      el("span", { class: "sign", "aria-hidden": "true", text: marks[x.kind] }), el("a", { href: `#${x.tab}`, text: x.text }), x.said ? el("span", { class: "faint", text: x.said }) : null))),
    ...(rows.length === 0 ? [] : [el("ul", { class: "standing-claims", "aria-label": "Claims" }, ...rows.slice(0, most).map((r) => el("li", {},
      el("span", { class: `outcome is-${r.kind}`, text: r.outcome }), el("b", { text: r.text }), el("span", { class: "said faint", text: r.said }))),
    ...(rows.length > most ? [el("li", {}, el("a", { href: "#phases", text: `${rows.length - most} more claims` }))] : []))]));
}
