// The little that makes the pages better; each of them works without it.
"use strict";

document.documentElement.classList.add("script");
keepZone();
document.addEventListener("keydown", onKey);
document.addEventListener("click", onClick);
document.addEventListener("DOMContentLoaded", () => {
  keepLive();
  countDown();
});

/** Tells the server which zone this browser lives in, for the next page. */
function keepZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const age = 60 * 60 * 24 * 365;
  document.cookie = `edge_cron_zone=${
    encodeURIComponent(zone)
  }; Path=/; Max-Age=${age}; SameSite=Strict${secure}`;
}

/** Fetches the changing part of the page again and again, while somebody looks at it. */
function keepLive() {
  let lastGoodAt = new Date();
  let waitedSeconds = 0;
  setInterval(() => {
    const live = document.getElementById("live");
    const seconds = Number(live?.dataset.seconds);
    waitedSeconds++;
    if (!seconds || document.hidden || waitedSeconds < seconds || isTyping()) return;
    waitedSeconds = 0;
    live.dispatchEvent(new CustomEvent("refresh"));
  }, 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) waitedSeconds = Infinity;
  });
  document.addEventListener("htmx:after:request", ({ detail }) => {
    const status = detail.ctx?.response?.status;
    if (status === 401) return location.reload();
    if (!status || status >= 500) return sayGone(lastGoodAt);
    lastGoodAt = new Date();
    document.getElementById("gone").hidden = true;
  });
  document.addEventListener("htmx:error", () => sayGone(lastGoodAt));
  document.addEventListener("htmx:after:swap", countDown);
}

function sayGone(since) {
  document.getElementById("gone-since").textContent = since.toLocaleTimeString();
  document.getElementById("gone").hidden = false;
}

/** What somebody is filling in must not change under their hands. */
function isTyping() {
  const active = document.activeElement;
  return active?.matches?.("main input:not([type=checkbox]), main textarea, main select") ?? false;
}

/** Keeps "in 42 s" and "5 min ago" true between two fetches, by the server's clock. */
function countDown() {
  const live = document.getElementById("live");
  if (!live?.dataset.now || countDown.shown === live.dataset.now) return;
  countDown.shown = live.dataset.now;
  const serverAheadMs = Date.parse(live.dataset.now) - Date.now();
  clearInterval(countDown.timer);
  countDown.timer = setInterval(() => {
    const now = Date.now() + serverAheadMs;
    for (const element of document.querySelectorAll("time[data-distance]")) {
      const words = distance(Date.parse(element.dateTime) - now);
      if (element.textContent !== words) element.textContent = words;
    }
  }, 1000);
}

function distance(ms) {
  const size = Math.abs(ms) / 1000;
  if (size < 2) return ms > 0 ? "now" : "just now";
  const [length, unit] = [[86400, "d"], [3600, "h"], [60, "min"]].find(([s]) => size >= s) ??
    [1, "s"];
  const words = `${unit === "s" ? Math.round(size) : Math.floor(size / length)} ${unit}`;
  return ms > 0 ? `in ${words}` : `${words} ago`;
}

function onKey(event) {
  if (event.key === "Escape") return closeMenus();
  const field = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (field || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = { "/": search, j: () => moveRow(1), k: () => moveRow(-1), r: runRow, "?": help };
  if (!Object.hasOwn(act, event.key)) return;
  event.preventDefault();
  act[event.key]();
}

function search() {
  document.querySelector("[data-search]")?.focus();
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

function closeMenus() {
  for (const menu of document.querySelectorAll("details.menu[open], details.ask[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
}

function onClick({ target }) {
  for (const menu of document.querySelectorAll("details.menu[open], details.ask[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
  const copy = target.closest?.("[data-copy]");
  if (copy) copyText(copy);
}

async function copyText(button) {
  const text = document.getElementById(button.dataset.copy).textContent;
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select and copy";
  }
  setTimeout(() => button.textContent = words, 2000);
}

document.addEventListener("DOMContentLoaded", () => {
  const log = document.getElementById("log");
  if (log) followLog(log);
});

const LEVELS = ["debug", "info", "warn", "error"];

/** Follows a run's log: new lines come over an event stream, or with the page itself when that fails. */
function followLog(log) {
  const search = document.getElementById("log-search");
  const level = document.getElementById("log-level");
  const follow = document.getElementById("log-follow");
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone: log.dataset.zone,
    timeStyle: "medium",
  });
  let seq = Number(log.dataset.seq);

  const fits = (line) =>
    LEVELS.indexOf(line.dataset.level) >= LEVELS.indexOf(level.value) &&
    line.textContent.toLowerCase().includes(search.value.toLowerCase());
  const filter = () => {
    for (const line of log.querySelectorAll("[data-level]")) line.hidden = !fits(line);
  };
  const isFollowing = () => follow.getAttribute("aria-pressed") === "true";
  const toEnd = () => {
    if (isFollowing()) log.scrollTop = log.scrollHeight;
  };
  const add = (line) => {
    if (line.seq <= seq) return;
    seq = line.seq;
    log.querySelector("[data-none]").hidden = true;
    log.append(lineOf(line, clock));
    log.lastElementChild.hidden = !fits(log.lastElementChild);
    toEnd();
  };

  search.addEventListener("input", filter);
  level.addEventListener("change", filter);
  follow.addEventListener("click", () => {
    follow.setAttribute("aria-pressed", String(!isFollowing()));
    toEnd();
  });
  if (log.dataset.live === undefined && seq < 1000) return;
  toEnd();

  const stream = new EventSource(
    `${log.dataset.stream}?${new URLSearchParams({ cursor: cursorOf(seq) })}`,
  );
  stream.addEventListener("log", ({ data }) => add(JSON.parse(data)));
  stream.addEventListener("end", () => {
    stream.close();
    document.getElementById("live").dispatchEvent(new CustomEvent("refresh"));
  });
  // The page that is fetched again and again holds the lines too.
  document.addEventListener("htmx:before:swap", ({ detail }) => {
    if (stream.readyState !== EventSource.CLOSED) return;
    const fresh = new DOMParser().parseFromString(detail.ctx?.text ?? "", "text/html");
    const lines = [...fresh.querySelectorAll("#log [data-level]")].slice(log.children.length - 1);
    log.append(...lines);
    toEnd();
  });
}

/** A position of the log as its address takes it. */
function cursorOf(seq) {
  return btoa(JSON.stringify([seq])).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function lineOf({ at, level, message, fields }, clock) {
  const line = document.createElement("li");
  line.className = level;
  line.dataset.level = level;
  const time = document.createElement("time");
  time.dateTime = time.title = at;
  time.textContent = clock.format(new Date(at));
  const word = document.createElement("b");
  word.textContent = level;
  const text = document.createElement("span");
  text.textContent = message;
  if (fields) {
    const facts = document.createElement("i");
    facts.textContent = JSON.stringify(fields);
    text.append(facts);
  }
  line.append(time, word, text);
  return line;
}
