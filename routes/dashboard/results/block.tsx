import type { Child } from "hono/jsx";

/** A part of a page of results: pairs of a name and a value, a table, or a drawing. */
export interface Block {
  title: string;
  /** What it is, and which job writes it. */
  about: Child;
  pairs?: [name: string, value: Child][];
  /** The first one names the row. */
  columns?: Column[];
  /** A cell for each column; empty ones are left out where rows are stacked. */
  rows?: Child[][];
  /** What is neither, with a table that may be scrolled; null when there is nothing. */
  drawing?: Child | null;
  /** What can be done about it. */
  acts?: Child;
  /** What is said when there is nothing; with `job`, how to run it is added. */
  empty: string;
  /** The id of the job that writes it. */
  job?: string;
}

/** Figures stand on the right; a text may be long, and has a line of its own where rows are stacked. */
export interface Column {
  name: string;
  is?: "figure" | "text";
}

/** Things that a search lists at once. */
export const THINGS_SHOWN = 50;

/** A domain whose results can be looked at. */
export interface Domain {
  id: string;
  name: string;
  about: string;
  /** What a search for one thing finds, one more than are shown where there are more; absent where the results are of one thing. */
  find?(text: string): Promise<{ id: string; words?: string }[]>;
  /** What the things are called, such as "user". */
  thing?: string;
  /** The results, of one thing where there are several; undefined when there is no such thing. */
  read(id: string): Promise<Block[] | undefined>;
}

/** Tables with more columns than these take the whole width. */
const MOST_NARROW = 4;

/** A part of a page of results. */
export function BlockCard({ block }: { block: Block }) {
  const { title, about, pairs, columns, rows, drawing, acts, empty, job } = block;
  const isWide = rows !== undefined && rows.length > 0 && columns!.length > MOST_NARROW;
  const isFlush = !pairs;
  const isEmpty = drawing === null || (pairs ?? rows)?.length === 0;
  return (
    <section class={`card ${isFlush ? "flush" : ""} ${isWide ? "wide" : ""}`}>
      <div class={isFlush ? "inset" : ""}>
        <h2>{title}</h2>
        <p class="quiet">{about}</p>
        {isEmpty && (
          <p>
            {empty} {job && (
              <>
                Run <a href={`/ui/jobs/${job}#run`}>{job}</a>, or in a terminal{" "}
                <code>deno task run {job}</code>
              </>
            )}
          </p>
        )}
      </div>
      {pairs && pairs.length > 0 && (
        <dl class="pairs">
          {pairs.map(([name, value]) => (
            <>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </>
          ))}
        </dl>
      )}
      {drawing}
      {rows && rows.length > 0 && <ResultTable title={title} columns={columns!} rows={rows} />}
      {acts}
    </section>
  );
}

/** On a narrow screen a table with texts is stacked, a card for each row; one of short cells stays a table. */
function ResultTable(
  { title, columns, rows }: { title: string; columns: Column[]; rows: Child[][] },
) {
  const isStacked = columns.some(({ is }) => is === "text");
  return (
    <div class="table" tabindex={0} role="region" aria-label={title}>
      <table class={isStacked ? "cards results" : "tight"}>
        <thead>
          <tr>
            {columns.map(({ name, is }) => (
              <th scope="col" class={is === "figure" ? "number" : undefined}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first, ...cells]) => (
            <tr>
              <th scope="row" class="breaks wide">{first}</th>
              {cells.map((cell, place) => (
                <td data-label={columns[place + 1].name} class={classOf(columns[place + 1], cell)}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function classOf({ is }: Column, cell: Child): string {
  if (cell === "") return "blank";
  return is === "figure" ? "number" : is === "text" ? "breaks wide" : "breaks";
}
