// The lines of the log. Where a run and its phases begin and end is a sentence, with what the line holds to unfold.

import { el } from "./dom.js";
import { int } from "./format.js";

const form = /^\[\S+ ([\d:]+),\d+\] \S+: (run begins|run continues|phase transition|run ends)( .*)$/;
const field = /("(?:[^"\\]|\\.)*"|[^\s="]+)=("(?:[^"\\]|\\.)*"|\S*)/g;
const trouble = (line) => (/\b(ERROR|CRITICAL|FATAL)\b/.test(line) ? "bad" : /\bWARN(ING)?\b/.test(line) ? "warn" : null);

/** A line as a node. */
export function logLine(line) {
  const [, clock, what, rest] = form.exec(line) ?? [];
  if (!what) return el("div", { class: trouble(line), text: line });
  const fields = new Map([...rest.matchAll(field)].map(([, key, value]) => [plain(key), plain(value)]));
  return el("details", {}, el("summary", {}, `${clock} `, el("b", { text: sentence(what, fields) })),
    el("dl", {}, ...[...fields].flatMap(([key, value]) => [el("dt", { text: key }), el("dd", { text: value })])));
}

/** A word as Go writes it, without its quotes. */
function plain(word) {
  if (!word.startsWith('"')) return word;
  try { return JSON.parse(word); } catch { return word.slice(1, -1); }
}

function sentence(what, fields) {
  const load = (of) => {
    const users = `${int(Number(fields.get(`${of}.users`)))} users`;
    if (fields.has(`${of}.stages`)) return `at most ${users}, by stages`;
    return Number(fields.get(`${of}.spawn_rate`)) > 0 ? `${users} at ${fields.get(`${of}.spawn_rate`)}/s` : users;
  };
  const name = fields.get("phase.phase");
  switch (what) {
    case "run ends": return `The run ends after ${fields.get("after")}: ${int(Number(fields.get("requests")))} requests, of which ${int(Number(fields.get("failures")))} failed.`;
    case "phase transition": return `Phase ${fields.get("to.phase")} follows ${fields.get("from.phase")} after ${fields.get("at")}: ${load("to")}.`;
    default: return `The ${what}${name ? ` with phase ${name}` : ""}: ${load("phase")}. Seed ${fields.get("seed")}.`;
  }
}
