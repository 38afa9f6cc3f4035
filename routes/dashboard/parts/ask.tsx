import type { Child } from "hono/jsx";

/** A button that asks once and says what it will do before it does it; works without a script. */
export function Ask(
  { words, danger, children }: {
    words: string;
    danger?: boolean;
    children: Child;
  },
) {
  return (
    <details class="ask">
      <summary class={`button ${danger ? "danger" : ""}`} role="button">{words}</summary>
      <div class="panel">{children}</div>
    </details>
  );
}
