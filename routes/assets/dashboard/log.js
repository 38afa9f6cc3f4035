// A run's log: followed, paused, searched, filtered by level.
document.addEventListener("DOMContentLoaded", () => {
  const log = document.getElementById("log");
  if (log) keepLog(log);
});

const LEVELS = ["debug", "info", "warn", "error"];

/** How near the end of a log counts as its end, in pixels: a line may be cut by a fraction of one. */
const NEAR_END = 24;

/** Filters a run's log while somebody types, and adds what the run says from now on. */
function keepLog(log) {
  const form = document.getElementById("log-filter");
  const { q: search, level } = form.elements;
  const buttons = document.getElementById("log-live");
  const [follow, pause] = buttons.children;
  const lines = log.getElementsByClassName("line");
  // Of a log that the address narrows there are some lines here: the others come between them.
  const ahead = log.dataset.seq === "0" ? [...lines] : [];
  let held = [];
  let isOver = log.dataset.goesOn === undefined;
  let isPaused = false;
  let isShowing = false;

  const fits = (line) =>
    LEVELS.indexOf(line.dataset.level) >= LEVELS.indexOf(level.value) &&
    line.textContent.toLowerCase().includes(search.value.trim().toLowerCase());
  const isFollowing = () => follow.getAttribute("aria-pressed") === "true";
  const setFollowing = (following) => {
    follow.setAttribute("aria-pressed", String(following));
    if (following) log.scrollTop = log.scrollHeight;
  };
  const filter = () => {
    for (const line of lines) line.hidden = !fits(line);
    show();
  };
  const show = () => {
    isShowing = false;
    if (!isPaused) {
      for (const line of held) {
        if (ahead[0]?.dataset.seq === line.dataset.seq) ahead.shift();
        else {
          line.hidden = !fits(line);
          log.insertBefore(line, ahead[0] ?? null);
        }
      }
      held = [];
    }
    buttons.hidden = isOver && !isPaused;
    const waiting = held.filter(fits).length;
    pause.textContent = !isPaused
      ? "Pause"
      : waiting === 0
      ? "Resume"
      : `Resume: ${waiting} new ${waiting === 1 ? "line" : "lines"}`;
    log.querySelector("[data-none]").hidden = lines.length > 0;
    log.querySelector("[data-unfit]").hidden = lines.length === 0 ||
      [...lines].some(({ hidden }) => !hidden);
    if (isFollowing()) setFollowing(true);
  };
  const add = (line) => {
    held.push(line);
    // Many lines come at once, and each show measures the list.
    if (!isShowing) setTimeout(show);
    isShowing = true;
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filter);
  follow.addEventListener("click", () => setFollowing(!isFollowing()));
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    show();
  });
  log.addEventListener("scroll", () => {
    // Who scrolls back to read is not to be carried away by the next line.
    const below = log.scrollHeight - log.clientHeight - log.scrollTop;
    if (below > NEAR_END) setFollowing(false);
  });
  filter();
  if (log.dataset.goesOn !== undefined) {
    receiveLines(log, add, () => {
      isOver = true;
      show();
    });
  }
}

/** Hands on each line once: from an event stream, and while that is broken from what can be asked for. */
function receiveLines(log, add, end) {
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone: log.dataset.zone,
    timeStyle: "medium",
  });
  let seq = Number(log.dataset.seq);
  let isOver = false;
  const address = () => `${log.dataset.stream}?${new URLSearchParams({ cursor: cursorOf(seq) })}`;
  const take = (line) => {
    if (line.seq <= seq) return;
    seq = line.seq;
    add(lineOf(line, clock));
  };
  // The browser comes back to a stream by itself, and says which line it has seen last.
  const stream = new EventSource(address());
  stream.addEventListener("log", ({ data }) => take(JSON.parse(data)));
  stream.addEventListener("end", () => {
    isOver = true;
    stream.close();
    end();
    document.getElementById("live").dispatchEvent(new CustomEvent("refresh"));
  });
  document.addEventListener("htmx:after:swap", async () => {
    let isMore = !isOver && stream.readyState !== EventSource.OPEN;
    while (isMore) {
      // The banner tells of a lost connection.
      const answer = await fetch(address()).catch(() => null);
      if (!answer?.ok) return;
      const { logs, next_cursor } = await answer.json();
      for (const line of logs) take(line);
      isMore = next_cursor !== null;
    }
  });
}

/** A position of the log as its address takes it. */
function cursorOf(seq) {
  return btoa(JSON.stringify([seq])).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function lineOf({ seq, at, level, message, fields }, clock) {
  const line = document.createElement("li");
  line.className = `line ${level}`;
  line.dataset.level = level;
  line.dataset.seq = seq;
  const time = document.createElement("time");
  time.dateTime = time.title = at;
  time.textContent = clock.format(new Date(at));
  const word = document.createElement("b");
  word.textContent = level;
  const text = document.createElement("span");
  text.textContent = message;
  const isLong = ([, value]) => typeof value === "string" && value.trimEnd().includes("\n");
  const parts = Object.entries(fields ?? {});
  const short = parts.filter((part) => !isLong(part));
  if (short.length > 0) {
    const facts = document.createElement("i");
    facts.textContent = JSON.stringify(Object.fromEntries(short));
    text.append(" ", facts);
  }
  line.append(time, word, text, ...parts.filter(isLong).map(textOf));
  return line;
}

/** A text of several lines, such as a stack: as it was written, and folded where it is long. */
function textOf([name, value]) {
  const lines = value.trimEnd().split("\n").length;
  const part = document.createElement("details");
  part.className = "more";
  part.open = lines <= 3;
  const summary = document.createElement("summary");
  summary.textContent = `${name}, ${lines} lines`;
  const text = document.createElement("pre");
  text.textContent = value;
  part.append(summary, text);
  return part;
}
