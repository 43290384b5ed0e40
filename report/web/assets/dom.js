// Small helpers for building the page. Everything that comes from outside goes in as text.

/** Makes an element. props: class, text, data-*, aria-*, on<event> and attributes; falsy ones are left out. */
export function el(name, props = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "text") node.textContent = value;
    else if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined));
  return node;
}

/** Finds by id. */
export const id = (name) => document.getElementById(name);

/** Sets a text only when it changes, so that a selection in the page survives. */
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Keeps the children of parent in step with items: one node per key, in order, made once and then updated. */
export function keep(parent, items, keyOf, make, update) {
  const old = parent.kept ?? new Map();
  const now = new Map();
  let place = parent.firstChild;
  items.forEach((item, i) => {
    const key = keyOf(item, i);
    const node = old.get(key) ?? make(item);
    update(node, item);
    now.set(key, node);
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  });
  for (const [key, node] of old) if (!now.has(key)) node.remove();
  parent.kept = now;
}

/** The name of an operation; long paths break behind their slashes. */
export function opName(method, name) {
  const parts = name.split(/(?<=\/)/).flatMap((part, i) => (i > 0 ? [el("wbr"), part] : [part]));
  return method ? [el("span", { class: "method", text: method }), " ", ...parts] : parts;
}

/** Puts children into host and reuses what is alike, so that focus, selection and scrolled places survive. */
export function renew(host, ...children) {
  children.forEach((fresh, i) => {
    const old = host.childNodes[i];
    if (!old) host.append(fresh);
    else if (kind(old) !== kind(fresh)) old.replaceWith(fresh);
    else align(old, fresh);
  });
  while (host.childNodes.length > children.length) host.lastChild.remove();
}

const kind = (node) => `${node.nodeName} ${node.getAttribute?.("class")}`;

/** Makes a node like another of its kind. Inline styles go through the style object, which the content security policy allows. */
function align(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) return put(old, fresh.textContent);
  for (const { name } of [...old.attributes]) if (name !== "style" && !fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (name !== "style" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.style.cssText !== fresh.style.cssText) old.style.cssText = fresh.style.cssText;
  renew(old, ...fresh.childNodes);
}

const icons = {
  start: "M8 5.5v13l11-6.5z",
  stop: "M7 7h10v10H7z",
  edit: "M5 19h3.5L18 9.5 14.5 6 5 15.5z M13 7.5 16.5 11",
  reset: "M5 12a7 7 0 1 0 2.2-5.1 M5 4v4h4",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M12 3v2 M12 19v2 M3 12h2 M19 12h2 M5.6 5.6 7 7 M17 17l1.4 1.4 M5.6 18.4 7 17 M17 7l1.4-1.4",
  moon: "M19 14.5A7.5 7.5 0 0 1 9.5 5a7.5 7.5 0 1 0 9.5 9.5z",
  calm: "M4 12h4l2-5 4 10 2-5h4",
  check: "M5 12.5 10 17 19 7.5",
  file: "M7 3.5h7l4 4v13H7z M14 3.5v4h4",
  lines: "M5 7h14 M5 12h10 M5 17h12",
};

/** A line icon of 24 units. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const node = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  for (const [k, v] of Object.entries({ viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "1.8", "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" })) node.setAttribute(k, v);
  path.setAttribute("d", icons[name]);
  node.append(path);
  return node;
}

/** What a tab shows while it has nothing. */
export function empty(sign, title, text) {
  return el("div", { class: "empty card" }, icon(sign), el("h2", { text: title }), el("p", { text }));
}

/** Fetches JSON from a relative address; throws an Error that says what is wrong. */
export async function get(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status} ${answer.statusText}`);
  return answer.json();
}

/** A group of buttons of which one is chosen. items: [[value, label]]. */
export function chips(label, items, chosen, onChange) {
  const node = el("div", { class: "chips", role: "group", "aria-label": label });
  const set = (value) => {
    for (const b of node.children) b.setAttribute("aria-pressed", String(b.value === String(value)));
  };
  for (const [value, text] of items) {
    node.append(el("button", { type: "button", value, text, onclick: () => { set(value); onChange(value); } }));
  }
  set(chosen);
  return node;
}
