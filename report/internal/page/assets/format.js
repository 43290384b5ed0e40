// How figures are written, on the page and in the report.

// They are the rules of internal/say, so that a value reads the same on the page
// and in every report.

const upTo = [0, 1, 2, 3, 4].map((n) => new Intl.NumberFormat("en", { maximumFractionDigits: n, signDisplay: "negative" }));
const [whole] = upTo;

export const none = "–";

const known = (v) => v !== null && v !== undefined && Number.isFinite(v);

/** A count. */
export const int = (v) => (known(v) ? whole.format(v) : none);

/** A number with about three digits, without trailing zeros: rates, milliseconds. */
export function short(v) {
  if (!known(v)) return none;
  const size = Math.abs(v);
  const places = [0.00995, 0.0995, 9.995, 99.95].findIndex((limit) => size < limit);
  return upTo[places < 0 ? 0 : 4 - places].format(v);
}

/** A response time in ms. A percentile without a value lies among the failures if there were requests. */
export function ms(v, requests = 0) {
  return known(v) ? short(v) : requests > 0 ? "failed" : none;
}

/** A minimum, mean or maximum in ms, which there is of successes alone. */
export function ofSuccesses(v, requests = 0) {
  return known(v) ? short(v) : requests > 0 ? "no success" : none;
}

/** A time in ms with its unit. */
export function time(v, requests = 0) {
  if (!known(v)) return ms(v, requests);
  return v >= 10_000 ? `${short(v / 1000)} s` : `${short(v)} ms`;
}

/** A share of 0..1 in percent. */
export function percent(v) {
  if (!known(v)) return none;
  if (v > 0 && v < 0.0001) return "<0.01 %";
  if (v < 1 && v >= 0.9995) return ">99.9 %";
  return `${short(100 * v)} %`;
}

/** Seconds as 4:05 or 1:04:05. */
export function span(seconds) {
  if (!known(seconds)) return none;
  const s = Math.max(0, Math.floor(seconds + 1e-6));
  const two = (n) => String(n).padStart(2, "0");
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** Seconds in words: 45 s, 5 min, 1 h 30 min. */
export function words(seconds) {
  if (!known(seconds)) return none;
  const s = Math.round(seconds);
  const parts = [[Math.floor(s / 3600), "h"], [Math.floor(s / 60) % 60, "min"], [s % 60, "s"]];
  return parts.filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}`).join(" ") || "0 s";
}

/** A size in bytes. */
export function bytes(v) {
  if (!known(v)) return none;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let i = 0;
  while (v >= 1000 && i < units.length - 1) [v, i] = [v / 1000, i + 1];
  return `${short(i === 0 ? Math.round(v) : v)} ${units[i]}`;
}

/** A wall clock time, ms since 1970. */
export const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB");

/** A change against a base, signed, in percent with two digits; ten times and more is a factor. */
export function change(v, base) {
  if (!known(v) || !known(base) || base === 0) return "";
  const size = 100 * (v / base - 1);
  if (size >= 900) return `times ${short(v / base)}`;
  const places = [0.995, 9.95].findIndex((limit) => Math.abs(size) < limit);
  const text = upTo[places < 0 ? 0 : 2 - places].format(size);
  return `${text.startsWith("-") || text === "0" ? "" : "+"}${text} %`;
}
