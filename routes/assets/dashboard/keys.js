// What the keyboard does: `/` searches, `j` and `k` walk the rows, `r` runs, `?` helps.
document.addEventListener("keydown", onKey);
document.addEventListener("DOMContentLoaded", () => {
  if (location.hash === JOB_SEARCH.slice(1)) search();
});

/** Where a page leads that has nothing to search itself. */
const JOB_SEARCH = "/#search";

function onKey(event) {
  if (event.key === "Escape") return leave(event.target);
  const field = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (field || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = { "/": search, j: () => moveRow(1), k: () => moveRow(-1), r: runRow, "?": help };
  if (!Object.hasOwn(act, event.key)) return;
  event.preventDefault();
  act[event.key]();
}

function search() {
  const field = document.querySelector("[data-search]");
  if (field) field.focus();
  else location.assign(JOB_SEARCH);
}

function currentRow() {
  return document.querySelector("[aria-current-row]") ??
    document.activeElement?.closest?.("[data-row]");
}

function moveRow(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (rows.length === 0) return;
  const at = rows.indexOf(currentRow());
  const row = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
  for (const other of rows) other.removeAttribute("aria-current-row");
  row.setAttribute("aria-current-row", "");
  row.querySelector("a")?.focus();
  row.scrollIntoView({ block: "nearest" });
}

function runRow() {
  const button = (currentRow() ?? document).querySelector("[data-run]");
  if (!button) return;
  button.focus();
  if (currentRow()) button.click();
}

function help() {
  document.getElementById("keys").showModal();
}

/** Esc closes menus, and gives the keys back to the page when it was the search that took them. */
function leave(target) {
  if (target.matches?.("[data-search]")) target.blur();
  closeMenus();
}

function closeMenus() {
  for (const menu of document.querySelectorAll("details.menu[open], details.ask[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
}
