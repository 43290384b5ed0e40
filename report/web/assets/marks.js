// The signs at percentiles that are not to be believed as they stand, in the words of the text report.

import { el } from "./dom.js";

const words = {
  "~": "doubtful: the generator's lag may have moved it",
  "?": "not measured: the generator was too late",
  ">": "at least: requests were cut off",
  "*": "too few requests: fewer than 10 were slower",
};
const ranks = ["p50", "p95", "p99", "p999"];

/** The signs at a percentile of a row, which the server knows. */
export const signs = (o, key) => o.signs[ranks.indexOf(key)] ?? "";

/** A figure and its signs apart, from a text that has both. */
export function parted(text) {
  const [, before, figure, after] = /^(>?)(.*?)([~?*]*)$/.exec(text);
  return [figure, before + after];
}

const mark = (sign) => el("span", { class: "doubt", role: "img", title: words[sign], "aria-label": words[sign], text: sign });

/** A figure with its signs, as nodes. */
export function marked(text, signs) {
  const all = [...signs];
  return [...all.filter((s) => s === ">").map(mark), text, ...all.filter((s) => s !== ">").map(mark)];
}

/** Puts a figure with its signs into a node, if it is another one. */
export function putMarked(node, text, signs) {
  const key = `${signs} ${text}`;
  if (node.marked === key) return;
  node.marked = key;
  node.replaceChildren(...marked(text, signs));
}

/** What the signs in use mean, in a line; "" where there is none. */
export const legend = (used) => Object.keys(words).filter((s) => used.includes(s)).map((s) => `${s} ${words[s]}`).join("; ");
