import type { Json } from "../../../lib/db/sql.ts";
import type { LogRow } from "../../../lib/run_detail_store.ts";

/** Texts of up to so many lines stand open. `lineOf` in log.js draws lines that come later in the same way. */
const LINES_OPEN = 3;

/** What a line of a log says beside its message, as JSON; texts of several lines, such as a stack, are `LogTexts`. */
export function LogFacts({ fields }: { fields: LogRow["fields"] }) {
  const facts = partsOf(fields).filter(([, value]) => !isLong(value));
  if (facts.length === 0) return null;
  return (
    <>
      {" "}
      <i>{JSON.stringify(Object.fromEntries(facts))}</i>
    </>
  );
}

/** The fields of a line that are texts of several lines, as they were written; folded where they are long. */
export function LogTexts({ fields }: { fields: LogRow["fields"] }) {
  return (
    <>
      {partsOf(fields).filter(([, value]) => isLong(value)).map(([name, value]) => {
        const lines = String(value).trimEnd().split("\n").length;
        return (
          <details class="more" open={lines <= LINES_OPEN}>
            <summary>{name}, {lines} lines</summary>
            <pre>{value}</pre>
          </details>
        );
      })}
    </>
  );
}

function partsOf(fields: LogRow["fields"]): [string, Json][] {
  return Object.entries(fields ?? {});
}

function isLong(value: Json): boolean {
  return typeof value === "string" && value.trimEnd().includes("\n");
}
