"use strict";
// Keys, the list of keys, the palette, messages, and the warning before a session ends.
// Everything works without this file, only by more typing. A part of a page says what it wants:
//   data-key="x"      this key presses it (or puts the cursor in it); data-of-row: in the row in focus
//   data-go="w"       g, then this key, goes there
//   data-row          j and k step over these
//   data-up           u goes there
//   data-search       / puts the cursor there
//   data-opens="id"   opens the dialog of that id; data-closes closes the one it is in
//   data-toast        a message that leaves by itself

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const typing = (e) => e && (e.isContentEditable || (/^(INPUT|SELECT|TEXTAREA)$/).test(e.tagName)) && !["checkbox", "radio"].includes(e.type);
const shown = (e) => e.checkVisibility() && !e.disabled && !e.closest("dialog:not([open])");
const words = (e) => (e.dataset.says || e.getAttribute("aria-label") || [...e.childNodes].filter((n) => !(n.matches && n.matches("kbd, .hidden"))).map((n) => n.textContent).join(" ")).replace(/\s+/g, " ").trim() || e.title || labelled(e);
const labelled = (e) => (e.labels && e.labels[0] ? words(e.labels[0]) : e.name || "");
const single = () => document.body.dataset.keys !== "off";

// ---- what is pressed --------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const pressed = event.target.closest("button, a, [data-opens]");
  if (!pressed) return;
  const { opens } = pressed.dataset;
  if (pressed.hasAttribute("data-keys")) listKeys();
  else if (opens) { event.preventDefault(); one(`#${CSS.escape(opens)}`)?.showModal(); }
  else if (pressed.hasAttribute("data-closes")) { event.preventDefault(); pressed.closest("dialog, .toast")?.[pressed.closest("dialog") ? "close" : "remove"](); }
});

function press(element) {
  element.focus();
  if (typing(element)) { element.select?.(); return; }
  element.click();
  const opened = element.matches("summary") && element.parentElement.open && one("input:not([type=hidden]), select, textarea, button", element.parentElement);
  if (opened) opened.focus();
}

function step(by, within) {
  const rows = all("[data-row]", within).filter(shown);
  const here = rows.findIndex((r) => r === document.activeElement || r.closest("tr, li")?.contains(document.activeElement));
  const next = rows[here + by] || (by > 0 ? rows[0] : rows[rows.length - 1]);
  if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
}

// ---- keys -------------------------------------------------------------------------------------------
let going = 0; // until when a letter after g is a place

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "k") { event.preventDefault(); openPalette(); return; }
  const here = document.activeElement;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && here.form) { event.preventDefault(); here.form.requestSubmit([...here.form.elements].find((e) => e.type === "submit")); return; }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && typing(here) && !here.closest("dialog")) { here.blur(); return; }
  if (typing(here)) return;
  const dialog = one("dialog[open]");
  if (!single()) return;
  if (event.key === "?" && !dialog) { event.preventDefault(); listKeys(); return; }
  const within = dialog || document;
  if (!dialog && going > event.timeStamp) {
    going = 0;
    const place = all(`[data-go="${CSS.escape(event.key)}"]`).find(shown);
    if (place) { event.preventDefault(); place.click(); return; }
  }
  const own = all(`[data-key="${CSS.escape(event.key)}"]`, within).find((e) => shown(e) && (e.dataset.ofRow === undefined || e.closest("tr").contains(here)));
  if (own) { event.preventDefault(); press(own); return; }
  if (event.key === "j" || event.key === "k") { step(event.key === "j" ? 1 : -1, within); return; }
  if (dialog) return;
  if (event.key === "g") going = event.timeStamp + 1500;
  else if (event.key === "u") one("[data-up]")?.click();
  else if (event.key === "/") { event.preventDefault(); one("[data-search]")?.focus(); }
});

function listKeys() {
  const rows = [], told = new Set();
  const add = (keys, says) => { if (!told.has(keys + says)) rows.push([keys, says]); told.add(keys + says); };
  const row = all("[data-row]").find(shown);
  if (row) { const mark = row.type === "checkbox"; add(["j"], "Next"); add(["k"], "Previous"); add([mark ? "Space" : "Enter"], mark ? "Mark it" : row.matches("a") ? "Open it" : "Press it"); }
  if (one("[data-search]")) add(["/"], words(one("[data-search]")) || "Search");
  if (one("[data-up]")) add(["u"], "Back to the list");
  all("[data-key]").filter((e) => e.checkVisibility()).forEach((e) => add([e.dataset.key], words(e) + (e.dataset.ofRow === undefined ? "" : ", of the row in focus")));
  all("[data-go]").forEach((e) => add(["g", e.dataset.go], words(e)));
  add(["Ctrl", "K"], "Find a page, a button, or a claim by its number"); add(["Ctrl", "Enter"], "Send the form");
  add(["Esc"], "Leave a field or a window"); add(["?"], "This list");
  const list = one("#keys dl");
  list.replaceChildren(...rows.map(([keys, says]) => {
    const row = document.createElement("div"), dt = document.createElement("dt"), dd = document.createElement("dd");
    keys.forEach((key, n) => { const k = document.createElement("kbd"); k.textContent = key; dt.append(n ? " " : "", k); });
    dd.textContent = says;
    row.append(dt, dd);
    return row;
  }));
  one("#keys").showModal();
}

// ---- the palette: every place, link and button of the page by words; a claim or item by its number ----
let found = [];
let at = 0;

function openPalette() {
  const dialog = one("#palette");
  if (!dialog || one("dialog[open]")) return;
  const input = one("input", dialog);
  input.value = "";
  found = all("nav a, main a[href], main button, main [data-key], .bar button").filter(shown);
  draw();
  dialog.showModal();
  input.focus();
}

function matches() {
  const typed = one("#palette input").value.trim(), asked = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const seen = new Set();
  const hits = found.map((e) => [e, words(e)]).filter(([, says]) => {
    const low = says.toLowerCase();
    return says && !seen.has(low) && asked.every((word) => low.includes(word)) && seen.add(low);
  }).slice(0, 40);
  return typed && one('nav a[href="/work"]') ? [...hits, [inWork(typed), `Look for “${typed}” in the work list`]] : hits;
}

function inWork(typed) {
  const link = document.createElement("a");
  link.href = `/work?q=${encodeURIComponent(typed.slice(0, 60))}`;
  return link;
}

function draw() {
  const list = one("#palette ul"), hits = matches();
  at = Math.max(0, Math.min(at, hits.length - 1));
  list.replaceChildren(...hits.map(([element, says], n) => {
    const item = document.createElement("li"), key = document.createElement("kbd");
    item.id = `p-${n}`; item.setAttribute("role", "option"); item.setAttribute("aria-selected", String(n === at));
    item.append(says);
    key.textContent = element.dataset.go ? `g ${element.dataset.go}` : element.dataset.key || "";
    if (key.textContent) item.append(key);
    item.addEventListener("click", () => go(n));
    return item;
  }));
  one("#palette [role=status]").textContent = hits.length ? `${hits.length} found` : "Nothing is called so.";
  one("#palette input").setAttribute("aria-activedescendant", hits.length ? `p-${at}` : "");
  list.children[at]?.scrollIntoView({ block: "nearest" });
}

function go(n) {
  const hit = matches()[n];
  one("#palette").close();
  if (hit && !hit[0].isConnected) location.assign(hit[0].href);
  else if (hit) press(hit[0]);
}

document.addEventListener("input", (event) => { if (event.target.closest("#palette")) { at = 0; draw(); } });
document.addEventListener("keydown", (event) => {
  if (!event.target.closest?.("#palette")) return;
  if (event.key === "ArrowDown") { event.preventDefault(); at += 1; draw(); }
  else if (event.key === "ArrowUp") { event.preventDefault(); at -= 1; draw(); }
  else if (event.key === "Enter") { event.preventDefault(); go(at); }
});

// ---- messages ---------------------------------------------------------------------------------------
function tell(text) {
  const box = one("#toasts");
  if (!box || !text) return;
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.textContent = text;
  box.append(toast);
  leave(toast);
}

const leave = (toast) => setTimeout(() => { if (!toast.matches(":hover, :focus-within")) toast.remove(); else leave(toast); }, 8000);
document.addEventListener("toast", (event) => tell(event.detail?.text || event.detail?.value));
document.addEventListener("htmx:sendError", () => tell("The server does not answer. What you typed is still here."));
document.addEventListener("htmx:responseError", (event) => { if (event.detail.xhr.status >= 500) tell("That went wrong on the server. Nothing was changed."); });

// ---- the end of a session -----------------------------------------------------------------------------
let warning = 0;

function watchSession() {
  const { session, warn } = document.body.dataset;
  clearTimeout(warning);
  if (session) warning = setTimeout(() => one("#leaving")?.showModal(), Math.max(Number(session) - Number(warn), 5) * 1000);
}

document.addEventListener("close", (event) => {
  if (event.target.id === "leaving") fetch("/me", { headers: { Accept: "application/json" } }).then((answer) => { if (answer.ok) watchSession(); else location.reload(); });
}, true);
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.requestConfig?.verb !== "get") watchSession(); });

// A form whose answer is the same page again: what is typed elsewhere on it would be lost by going.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-stays]")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(event.target));
  fetch(event.target.action, { method: "POST", body, headers: { Accept: "application/json" } }).then(() => location.reload());
});

// ---- the work list: picks, refresh in place, news ---------------------------------------------------
//   #rows[data-list]   refreshes in place; focus, picks and scroll stay; data-places: whose news matter
//   [data-live]        an item's page: tells when somebody else moved it
const picks = new Set(); // ids of the rows that are ticked
const boxes = () => all("#rows input[name=pick]");
const idOf = (box) => box.value.split(":")[0];
let row = null; // the row last used: what a key acts on
let lastPicked = -1;

document.addEventListener("focusin", (event) => { if (event.target.matches("[data-row]") && !event.target.closest("dialog")) row = event.target.id; });

function showPicks() {
  const bar = one("#bulk");
  if (!bar) return;
  boxes().forEach((box) => { box.checked = picks.has(idOf(box)); });
  const picked = boxes().filter((box) => box.checked).length, every = one("[data-pick-all]");
  bar.hidden = !picked;
  one("[data-picked]", bar).textContent = `${picked} picked`;
  if (every) { every.checked = picked > 0 && picked === boxes().length; every.indeterminate = picked > 0 && !every.checked; }
  const whole = one("[name=all]", bar);
  if (whole && every && !every.checked) whole.checked = false;
  const link = row && document.getElementById(row);
  if (link && (document.activeElement === document.body || bar.contains(document.activeElement) || document.activeElement?.matches("[data-pick], [data-pick-range], [data-refresh]"))) link.focus({ preventScroll: true });
}

function pick(box, on) { if (on) picks.add(idOf(box)); else picks.delete(idOf(box)); lastPicked = boxes().indexOf(box); }

function pickRow(range) {
  const here = boxes(), link = row && document.getElementById(row);
  const at = here.indexOf(one("input[name=pick]", link?.closest("tr") || document.createElement("tr")));
  if (at < 0) return;
  if (range && lastPicked >= 0) { const on = at; here.slice(Math.min(on, lastPicked), Math.max(on, lastPicked) + 1).forEach((box) => picks.add(idOf(box))); lastPicked = at; } else pick(here[at], !here[at].checked);
  showPicks();
}

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("input[name=pick]");
  if (box) { if (event.shiftKey && lastPicked >= 0) { const to = boxes().indexOf(box), from = lastPicked; boxes().slice(Math.min(from, to), Math.max(from, to) + 1).forEach((b) => picks.add(idOf(b))); lastPicked = to; } else pick(box, box.checked); row = one("[data-row]", box.closest("tr"))?.id; showPicks(); return; }
  if (event.target.closest?.("[data-pick-all]")) { boxes().forEach((b) => { if (event.target.checked) picks.add(idOf(b)); else picks.delete(idOf(b)); }); showPicks(); return; }
  if (event.target.closest?.("[data-pick]")) pickRow(false);
  if (event.target.closest?.("[data-pick-range]")) pickRow(true);
  if (event.target.closest?.("[data-unpick]")) { picks.clear(); showPicks(); }
  if (event.target.closest?.("[data-refresh]")) refresh();
});

let known = null; // ids of the rows before a refresh

function refresh() {
  known = { ids: all("#rows [data-row]").map((link) => link.id), at: all("#rows [data-row]").findIndex((link) => link.id === row), focused: one("#rows")?.contains(document.activeElement) };
  if (one("#rows")) window.htmx.trigger("#rows", "refresh");
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "rows") return;
  const links = all("#rows [data-row]"), before = known;
  const there = new Set(boxes().map(idOf));
  [...picks].filter((id) => !there.has(id)).forEach((id) => picks.delete(id));
  if (before) {
    known = null;
    const came = links.filter((link) => !before.ids.includes(link.id));
    const went = before.ids.filter((id) => !links.some((link) => link.id === id)).length;
    came.forEach((link) => link.closest("tr").classList.add("came"));
    const says = [came.length && `${came.length} came`, went && `${went} went`].filter(Boolean).join(", ");
    if (says) one("#news").textContent = says;
    if (before.focused && !one("#rows").contains(document.activeElement)) (document.getElementById(row) || links[Math.min(Math.max(before.at, 0), links.length - 1)])?.focus({ preventScroll: true });
  }
  showPicks();
});

let source = null, soon = 0;

function listen() {
  if (source || document.hidden || !one("[data-list], [data-live]")) return;
  source = new EventSource("/work/events");
  source.addEventListener("work", (event) => heard(JSON.parse(event.data)));
  source.addEventListener("bye", () => { source.close(); });
}

function heard(said) {
  const live = one("[data-live]"), list = one("[data-list]");
  if (live && said.items.some(([id, version]) => id === live.dataset.live && version > Number(live.dataset.seen))) window.htmx.trigger(live, "refresh");
  if (!list) return;
  const places = list.dataset.places.split(" ").filter(Boolean);
  const here = said.items.some(([id]) => document.getElementById(`i-${id}`));
  const matters = here || said.all || said.items.some(([, , place]) => !places.length || places.includes(place));
  if (matters && (here || !soon)) { clearTimeout(soon); soon = setTimeout(() => { soon = 0; refresh(); }, here ? 700 : 3000 + 2000 * Math.random()); }
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) { source?.close(); source = null; return; }
  listen();
  if (one("[data-list]")) refresh();
  const live = one("[data-live]");
  if (live) window.htmx.trigger(live, "refresh");
});
addEventListener("pagehide", () => { source?.close(); source = null; });

// ---- the way back: the list with its filters, on the row that was opened; kept for this tab alone ----
addEventListener("pagehide", () => {
  if (!one("[data-list]")) return;
  sessionStorage.setItem("list", location.pathname + location.search);
  sessionStorage.setItem("row", row || "");
});

function wayBack() {
  if (location.pathname === "/sign-in") sessionStorage.clear();
  const list = sessionStorage.getItem("list"), up = one('[data-up][href="/work"]');
  if (list && up) up.href = list;
  if (list !== location.pathname + location.search || document.activeElement !== document.body) return;
  document.getElementById(sessionStorage.getItem("row"))?.focus();
}

document.addEventListener("DOMContentLoaded", () => {
  wayBack();
  watchSession();
  showPicks();
  listen();
  all("#toasts [data-toast]").forEach(leave);
  one("#problems")?.scrollIntoView({ block: "center" });
  one("#problems[tabindex]")?.focus({ preventScroll: true });
});
