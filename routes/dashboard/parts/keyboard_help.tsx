const KEYS = [
  ["/", "Search"],
  ["j / k", "Next and previous row"],
  ["Enter", "Open the row"],
  ["r", "Run: the row's job, or the job of the page"],
  ["← / →", "Along the lane of the timeline"],
  ["?", "This help"],
  ["Esc", "Close what is open"],
];

/** Opened by `?`. */
export function KeyboardHelp() {
  return (
    <dialog id="keys" aria-labelledby="keys-title">
      <h2 id="keys-title">Keyboard</h2>
      <dl>
        {KEYS.map(([key, what]) => (
          <>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
