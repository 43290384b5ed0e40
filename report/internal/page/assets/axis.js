// Where the ticks of a chart stand, and what is written at them.

/** Round values from 0 or low to at least high, about count of them. */
export function ticks(low, high, count) {
  const raw = (high - low) / count || 1;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].find((k) => k * unit >= raw * 0.999) * unit;
  const out = [];
  for (let v = Math.ceil(low / step - 1e-9) * step; v < high + step * 0.999; v += step) out.push(+v.toPrecision(12));
  return out;
}

const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];

/** Round instants between two offsets in seconds. */
export function instants(from, to, count) {
  const step = steps.find((s) => (to - from) / s <= count) ?? Math.ceil((to - from) / count / 86400) * 86400;
  const out = [];
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) out.push(t);
  return out;
}

/** A tick's value in few characters. */
export function compact(v) {
  for (const [size, unit] of [[1e9, "G"], [1e6, "M"], [1e4, "k"]]) {
    if (v >= size) return `${+(v / (unit === "k" ? 1e3 : size)).toPrecision(3)}${unit}`;
  }
  return String(+v.toPrecision(4));
}
