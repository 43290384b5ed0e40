// Where in the page the reader is, as the address says: #statistics?phase=1&op=GET+%2Fitems&from=60&to=120.

/** The tab, and what is chosen in it; null: nothing. phase: its number from 0 on; from and to: seconds. */
export const place = { tab: "", phase: null, kind: null, op: null, from: null, to: null };

let known = ""; // the address as it was last read or written

const whole = (text) => (/^\d{1,9}$/.test(text ?? "") ? Number(text) : null);

/** Reads the address. One that only names a tab leaves the rest as it is; what makes no sense is left out. */
export function readPlace() {
  known = location.hash;
  const [tab, query] = known.slice(1).split("?");
  place.tab = tab;
  if (query === undefined) return;
  const said = new URLSearchParams(query);
  Object.assign(place, { phase: whole(said.get("phase")), kind: said.get("kind") || null, op: said.get("op") || null, from: whole(said.get("from")), to: whole(said.get("to")) });
  if (place.from === null || place.to === null || place.to <= place.from) Object.assign(place, { from: null, to: null });
}

/** Changes what is chosen, and the address with it, without a new entry in the history. */
export function choosePlace(changes) {
  if (location.hash !== known) readPlace(); // a link was followed just now, and its event is still to come
  Object.assign(place, changes);
  const { tab, ...rest } = place;
  const query = new URLSearchParams(Object.entries(rest).filter(([, v]) => v !== null)).toString();
  const hash = `#${tab}${query ? "?" : ""}${query}`;
  if (hash !== location.hash) history.replaceState(history.state, "", hash);
  known = location.hash;
}

/** What an operation is called in the address. */
export const opKey = (o) => `${o.method} ${o.name}`.trim();

/** Lets a Group of charts show the stretch that the address names; one outside the run is left out. */
export function keepStretch(group) {
  if (place.from !== null) group.zoomTo([place.from, place.to]);
  else if (group.zoom) group.zoomTo(null);
}

/** Notes the stretch that a Group shows. */
export function noteStretch(group) {
  const [from, to] = group.zoom ? [Math.floor(group.zoom[0]), Math.ceil(group.zoom[1])] : [null, null];
  choosePlace({ from, to });
}
