// How the phases of a run are written above a chart.

const letter = 6.2; // px, on average
const least = 10; // letters of a name to know it by

/**
 * The labels of phases by their band, as a Map; room(band): px for a name, of which a letter needs any. They are the
 * names; the letters of the arms where the names of the arms do not all fit, and then the Map's letters is true; a name
 * cut short where enough of it is left; else none.
 */
export function labels(bands, room) {
  const out = new Map();
  const fits = new Map(bands.map((band) => [band, Math.floor(room(band) / letter)]));
  const shown = bands.filter((band) => band.name && room(band) > 0);
  const arms = shown.filter((band) => band.arm);
  out.letters = arms.some((band) => band.name.length > fits.get(band)) && ["A", "B"].every((arm) => arms.some((band) => band.arm === arm));
  for (const band of shown) {
    if (out.letters && band.arm) out.set(band, band.arm);
    else if (band.name.length <= fits.get(band)) out.set(band, band.name);
    else if (fits.get(band) >= least) out.set(band, `${band.name.slice(0, fits.get(band) - 1)}…`);
  }
  return out;
}
