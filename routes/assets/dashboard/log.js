// A run's log: followed, paused, searched, filtered by level.
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
    if (stream.readyState === EventSource.OPEN) return;
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
