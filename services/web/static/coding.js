"use strict";
// The coding desk: a combobox in every code field, what stands beside the editor, passages by keys.
// Without this file a coder types codes in full, and the page says what is wrong after sending.

(() => {
  const desk = document.querySelector("[data-desk]");
  if (!desk) return;
  const item = desk.dataset.desk, list = document.getElementById("found");
  const count = desk.querySelector("[data-count]"), focused = desk.querySelector("[data-focus]");
  const SEARCH_MS = 140, CHECK_MS = 350;
  // whole codes are judged while they are typed, words only when a code was chosen
  const CODE = { dx: /^[A-Z]\d[\dA-Z](\.?[\dA-Z]{1,4})?$/i, code: /^(\d{4}[\dA-Z]|[A-Z]\d{4})$/i, pcs: /^(?=.*\d)[\dA-Z]{7}$/i, modifiers: /^[\dA-Z]{2}( [\dA-Z]{2})*$/i };
  const whole = (input) => !input.value.trim() || CODE[input.dataset.codes].test(input.value.trim());
  let field = null, searching = 0, checking = 0, asked = 0, path = [];

  const options = () => [...list.querySelectorAll("[role=option]")];
  const open = () => !list.hidden;
  const at = () => options().findIndex((o) => o.getAttribute("aria-selected") === "true");
  const multiple = () => field.dataset.codes === "modifiers";
  const typed = () => (multiple() ? field.value.split(/\s+/).pop() : field.value.trim());

  // ---- the list of codes ------------------------------------------------------------------------
  function close() {
    clearTimeout(searching); asked += 1; // nothing that is still on its way opens it again
    list.hidden = true; list.replaceChildren(); path = [];
    if (!field) return;
    field.setAttribute("aria-expanded", "false"); field.removeAttribute("aria-activedescendant");
    field.classList.remove("wide");
  }

  function place() {
    field.parentElement.append(list);
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    const box = list.getBoundingClientRect();
    list.classList.toggle("above", box.bottom > window.innerHeight && box.top > box.height + 80);
  }

  function select(n) {
    const all = options();
    all.forEach((o, k) => o.setAttribute("aria-selected", String(k === n)));
    if (all[n]) { field.setAttribute("aria-activedescendant", all[n].id); all[n].scrollIntoView({ block: "nearest" }); }
    else field.removeAttribute("aria-activedescendant");
  }

  async function search(words, below = "") {
    const mine = ++asked, here = field;
    const form = new FormData(document.getElementById("correct")); // judged on the claim as typed
    for (const [name, value] of Object.entries({ q: words, below, field: here.dataset.codes, at: here.dataset.at })) form.set(name, value);
    let answer;
    try { answer = await fetch(`/work/${item}/codes`, { method: "POST", body: new URLSearchParams(form), headers: { "HX-Request": "true", Accept: "text/html" } }); } catch { return; }
    if (!answer.ok || mine !== asked || here !== field) return;
    const text = await answer.text();
    if (mine !== asked) return;
    list.innerHTML = text;
    const found = Number(list.firstElementChild?.dataset.hits || 0);
    count.textContent = found === 1 ? "1 code found" : `${found} codes found`;
    place();
    select(found ? 0 : -1);
  }

  function later(words) {
    clearTimeout(searching);
    if (words.length < (multiple() ? 1 : 2)) { close(); return; }
    searching = setTimeout(() => search(words), SEARCH_MS);
  }

  function choose(option) {
    if (!option) return;
    if (option.dataset.below) { path.push(typed()); search("", option.dataset.below); return; }
    const code = option.dataset.code;
    field.value = multiple() ? [...field.value.split(/\s+/).slice(0, -1), code].join(" ") : code;
    field.removeAttribute("aria-invalid");
    const said = field.closest("li, p")?.querySelector("[data-words]");
    if (said) said.textContent = option.dataset.says;
    count.textContent = `${code} chosen`;
    close();
    field.dispatchEvent(new Event("change", { bubbles: true }));
    more(field);
  }

  // one more empty field when the last is used
  function more(input) {
    const row = input.closest("ol.dx > li, .procedures > p");
    if (!row || row.nextElementSibling || !input.value) return;
    const fresh = row.cloneNode(true), n = row.parentElement.querySelectorAll(`[name=${input.name}]`).length + 1;
    if (n > 25) return;
    fresh.querySelectorAll("input").forEach((one) => {
      one.value = ""; one.removeAttribute("aria-invalid"); one.removeAttribute("data-key"); one.removeAttribute("aria-keyshortcuts");
      if (one.id) one.id = one.id.replace(/\d+$/, String(n));
      if (one.dataset.at) one.dataset.at = String(n - 1);
      one.setAttribute("aria-label", (one.getAttribute("aria-label") || "").replace(/(Diagnosis|procedure|Procedure) (\w+)/, (_, w) => `${w} ${input.name === "dx" ? String.fromCharCode(64 + n) : n}`));
    });
    fresh.querySelectorAll(".found").forEach((one) => one.remove());
    const said = fresh.querySelector("[data-words]");
    if (said) said.textContent = "";
    row.after(fresh);
  }

  document.addEventListener("focusin", (event) => {
    const input = event.target;
    if (input.form?.id === "correct" && input.id && !input.closest("#live, .passages")) focused.value = input.id;
    if (!input.matches?.("[data-codes]")) return;
    if (field && field !== input) close();
    field = input;
    const kind = input.dataset.codes === "dx" ? "dx" : "code";
    if (input.value && ["dx", "code"].includes(input.dataset.codes)) beside(input.value, kind);
  });
  document.addEventListener("focusout", (event) => { if (event.target === field && !list.contains(event.relatedTarget)) setTimeout(() => { if (document.activeElement !== field) close(); }, 120); });

  desk.addEventListener("input", (event) => {
    if (!event.target.matches("[data-codes]")) return;
    field = event.target;
    field.classList.toggle("wide", !multiple() && field.value.length > 8);
    later(typed());
  });

  desk.addEventListener("keydown", (event) => {
    if (!event.target.matches("[data-codes]")) return;
    field = event.target;
    const n = at(), all = options();
    const keys = {
      ArrowDown: () => (open() ? select(Math.min(n + 1, all.length - 1)) : typed().length > 1 && search(typed())),
      ArrowUp: () => open() && select(Math.max(n - 1, 0)),
      Escape: () => { const was = open(); close(); return was; },
      Enter: () => open() && n >= 0 && choose(all[n]),
      ArrowRight: () => open() && all[n]?.dataset.below && choose(all[n]),
      ArrowLeft: () => open() && path.length && search(path.pop()),
    };
    const key = keys[event.key];
    if (!key || event.ctrlKey || event.metaKey || event.altKey) return;
    const was = open(), done = key();
    if (done !== false && done !== undefined ? true : was && ["ArrowDown", "ArrowUp"].includes(event.key)) { event.preventDefault(); event.stopPropagation(); }
    else if (event.key === "Enter") { event.preventDefault(); if (was && n >= 0) event.stopPropagation(); }
  });

  list.addEventListener("mousedown", (event) => { event.preventDefault(); choose(event.target.closest("[role=option]")); });

  // ---- what was paid and denied here ----------------------------------------------------------------
  let shown = "";
  async function beside(code, kind) {
    const box = document.getElementById("paid-here");
    if (!box || shown === kind + code) return;
    shown = kind + code;
    const query = new URLSearchParams({ code, kind });
    try {
      const answer = await fetch(`/work/${item}/paid-here?${query}`, { headers: { Accept: "text/html" } });
      if (answer.ok && shown === kind + code) box.innerHTML = await answer.text();
    } catch { /* it stays as it is */ }
  }

  // ---- what the change does --------------------------------------------------------------------------
  function check() {
    clearTimeout(checking);
    checking = setTimeout(() => document.getElementById("live")?.dispatchEvent(new Event("check")), CHECK_MS);
  }
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => {
      const one = event.target;
      if (one.form?.id !== "correct" || (kind === "input" && one.matches("[data-codes]") && !whole(one))) return;
      check();
    });
  }
  document.addEventListener("change", (event) => { if (event.target.matches?.("[data-codes=dx], [data-codes=code]") && event.target.value) beside(event.target.value, event.target.dataset.codes); });

  // a passage that is no longer marked supports nothing
  document.addEventListener("change", (event) => {
    if (event.target.name !== "evidence" || event.target.checked || event.target.value.includes("|")) return;
    document.querySelectorAll(`#live [name=evidence]`).forEach((one) => { if (one.value.startsWith(`${event.target.value}|`)) one.checked = false; });
  });
})();
