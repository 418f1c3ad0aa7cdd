"use strict";
// Keys, and codes put where they belong. Everything works without this file, only by more typing.

const field = (e) => e && (/^(INPUT|SELECT|TEXTAREA)$/).test(e.tagName) && e.type !== "checkbox";
const one = (selector) => document.querySelector(selector);
let target = null; // the code field last used

document.addEventListener("focusin", (event) => {
  if (event.target.matches("input[name=dx], input[data-service]")) target = event.target;
});

function use(code, input) {
  if (!input) return;
  input.value = code;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  input.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const codes = [...document.querySelectorAll("input[name=dx]")];
  if (button.dataset.use) {
    const wrong = codes.find((c) => c.getAttribute("aria-invalid") === "true");
    const free = codes.find((c) => !c.value);
    const chosen = button.dataset.for ? codes[Number(button.dataset.for)] : null;
    const last = target && target.name === "dx" && target.isConnected ? target : null;
    const input = chosen || last || wrong || free;
    use(button.dataset.use, input);
    const words = input && input.parentElement.querySelector("[data-words]");
    if (words) words.textContent = button.textContent.replace(button.dataset.use, "").trim();
    if (input) input.removeAttribute("aria-invalid");
  } else if (button.dataset.useService) {
    use(button.dataset.useService, target && target.dataset.service !== undefined ? target : one("input[data-service]"));
  } else if (button.hasAttribute("data-keys")) {
    one("#keys").showModal();
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-single-keys]")) sessionStorage.setItem("keys", event.target.checked ? "on" : "off");
});

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const next = rows[rows.indexOf(document.activeElement) + by] || (by > 0 ? rows[0] : rows[rows.length - 1]);
  if (next) next.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && field(document.activeElement)) { document.activeElement.blur(); return; }
  if (field(document.activeElement) || one("dialog[open]")) return;
  if (event.key === "?") { one("[data-keys]")?.click(); return; }
  if (sessionStorage.getItem("keys") === "off") return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "u") one("[data-up]")?.click();
  else if (event.key === "/") { event.preventDefault(); one("[data-search]")?.focus(); }
  else one(`[data-key="${CSS.escape(event.key)}"]`)?.click();
});

document.addEventListener("DOMContentLoaded", () => {
  const box = one("[data-single-keys]");
  if (box) box.checked = sessionStorage.getItem("keys") !== "off";
  one("#problems")?.scrollIntoView({ block: "center" });
});
