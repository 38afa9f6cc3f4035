/** Letters that a line of a table has room for on a wide screen, and three lines on a phone. */
const LINE_LETTERS = 40;
const PHONE_LETTERS = 75;

/** A text is shown up to here; the rest of it stands on the page of its run. */
const MOST_LETTERS = 2_000;

/** A text that may be long, cut to a line, or to three on a narrow screen; a press shows the rest. */
export function Cut({ text }: { text: string }) {
  if (text.length <= LINE_LETTERS && !text.includes("\n")) {
    return <span class="clip mono">{text}</span>;
  }
  const shown = text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;
  return (
    <details class={`cut ${text.length > PHONE_LETTERS ? "long" : ""}`}>
      <summary>
        <span class="clip mono">{shown}</span>
      </summary>
    </details>
  );
}
