// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
const RUN_ID = /\b([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/;

/** A sentence in which each id of a run leads to it. */
export function WithRuns({ text }: { text: string }) {
  return (
    <>
      {text.split(RUN_ID).map((part, place) =>
        place % 2 === 1 ? <a href={`/ui/runs/${part}`}>{part}</a> : part
      )}
    </>
  );
}
