// Keeps a page true while somebody looks at it: what changes is fetched again, and distances count down.
"use strict";

document.documentElement.classList.add("script");
// By itself htmx begins after a timer, and would miss what is typed before that on a busy machine.
htmx.initialize();
keepZone();
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
    // A browser that knows that it is off the net need not be asked to fail.
    if (!navigator.onLine) return sayGone(lastGoodAt);
    live.dispatchEvent(new CustomEvent("refresh"));
  }, 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) waitedSeconds = Infinity;
  });
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    const send = ctx.fetch;
    ctx.fetch = (...request) =>
      send(...request).catch((error) => {
        if (error.name === "AbortError") throw error;
        sayGone(lastGoodAt);
        // The banner tells it; htmx writes every failure but this one to the console as well.
        throw new DOMException(error.message, "AbortError");
      });
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
  const gone = document.getElementById("gone");
  const clock = { timeZone: gone.dataset.zone, timeStyle: "medium" };
  document.getElementById("gone-since").textContent = since.toLocaleTimeString("en-GB", clock);
  gone.hidden = false;
}

/** What somebody is filling in must not change under their hands, nor what is told of it. */
function isTyping() {
  if (document.querySelector("main [aria-invalid=true]")) return true;
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
