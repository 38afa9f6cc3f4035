import { drawKind, type Kind } from "../parts/outcomes.ts";

const KINDS: [Kind, string][] = [
  ["ok", "fine"],
  ["bad", "failed"],
  ["run", "running or waiting"],
  ["miss", "missed"],
  ["skip", "skipped, cancelled or left out"],
  ["still", "paused or disabled"],
];

/** What the shapes of the lanes mean. */
export function TimelineLegend() {
  return (
    <p class="legend quiet">
      {KINDS.map(([kind, word]) => (
        <span>
          <Key class={`s-${kind}`} kind={kind} /> {word}
        </span>
      ))}
      <span>
        <Key class="ghost" kind="ok" /> expected
      </span>
    </p>
  );
}

function Key({ kind, ...more }: { class: string; kind: Kind }) {
  return (
    <svg class="key" viewBox="-1 -1 8 22" aria-hidden="true">
      <path class={more.class} d={drawKind(kind, 0, 6)} />
    </svg>
  );
}
