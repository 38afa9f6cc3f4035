/** An id, or names of settings: where there is no room it breaks after `_`, `-`, `:` or `/`, not within a word. */
export function Breakable({ text }: { text: string }) {
  return (
    <>
      {text.split(/(?<=[_\-:/])(?=[^_\-:/])/).map((part, place) => (
        <>
          {place > 0 && <wbr />}
          {part}
        </>
      ))}
    </>
  );
}
