// The lanes of the timeline: one stop of the Tab key each, arrows along a lane, and a tip that says what a bar is.
document.addEventListener("DOMContentLoaded", keepOneStopALane);
document.addEventListener("htmx:after:swap", keepOneStopALane);
document.addEventListener("keydown", walkLane);
for (const name of ["pointerover", "focusin"]) document.addEventListener(name, showTip);
for (const name of ["pointerout", "focusout", "scroll"]) {
  document.addEventListener(name, hideTip, true);
}

/** The bars of a lane are reached from its name by the arrows: a day of them would be a hundred stops. */
function keepOneStopALane() {
  for (const bar of document.querySelectorAll(".lane svg a")) bar.setAttribute("tabindex", "-1");
}

function walkLane(event) {
  const lane = event.target.closest?.(".lane") ?? document.querySelector(".lane[aria-current-row]");
  if (!lane || event.ctrlKey || event.metaKey || event.altKey) return;
  // The name comes first, and then the bars from now backwards: what is new is what one looks for. They are a
  // ring, so that the other arrow leads from the name to the oldest bar, which stands beside it.
  const stops = [lane.querySelector(".name"), ...[...lane.querySelectorAll("svg a")].reverse()];
  const at = Math.max(0, stops.indexOf(document.activeElement));
  const to = { ArrowLeft: at + 1, ArrowRight: at - 1, Home: -1, End: 0 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  stops.at(to % stops.length).focus();
}

function showTip({ target }) {
  const bar = target.closest?.(".lane svg a");
  if (!bar) return;
  const title = bar.querySelector("title");
  if (title) {
    // The browser's own tip would come as well, late and over this one.
    bar.setAttribute("aria-label", title.textContent);
    title.remove();
  }
  const tip = document.getElementById("tip") ?? makeTip();
  tip.textContent = bar.getAttribute("aria-label");
  tip.hidden = false;
  const box = bar.getBoundingClientRect();
  const middle = box.left + box.width / 2 - tip.offsetWidth / 2;
  tip.style.left = `${Math.max(8, Math.min(middle, innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${Math.max(8, box.top - tip.offsetHeight - 6)}px`;
}

function hideTip() {
  const tip = document.getElementById("tip");
  if (tip) tip.hidden = true;
}

function makeTip() {
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.className = "tip";
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  return tip;
}
