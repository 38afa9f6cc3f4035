// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import type { Child } from "hono/jsx";
import { formatNumber } from "../format.ts";
import { Pager } from "../parts/pager.tsx";
import type { PageOf } from "../table_page.ts";

/** A part of a page of results: figures or pairs, each a name and a value, a table, or a drawing. */
export interface Block {
  title: string;
  /** What it is, and which job writes it. */
  about: Child;
  /** Short values, which stand beside each other over the whole width. */
  figures?: [name: string, value: Child][];
  pairs?: [name: string, value: Child][];
  /** The first one names the row. */
  columns?: Column[];
  /** A cell for each column; empty ones are left out where rows are stacked. */
  rows?: Child[][];
  /** Where the rows are a part of a longer list, by the name that its address has for it. */
  list?: PageOf & { name: string; first?: string; next?: string };
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

/** A page of the things that a search finds. */
export interface FoundThings {
  things: { id: string; words?: string }[];
  /** Its count goes up to `MOST_COUNTED`, and one further where there are more. */
  page: PageOf;
}

/** Things that a search counts. */
export const MOST_COUNTED = 10_000;

/** A domain whose results can be looked at. */
export interface Domain {
  id: string;
  name: string;
  about: string;
  /** What a search for one thing finds; absent where the results are of one thing. */
  find?(text: string): Promise<FoundThings>;
  /** What one of the things is called, such as "user"; and several, where that is not with an s. */
  thing?: string;
  things?: string;
  /** The results, of one thing where there are several; undefined when there is no such thing. */
  read(id: string): Promise<Block[] | undefined>;
}

/** Tables with more columns than these take the whole width, and so do those with two texts. */
const MOST_NARROW = 4;

/**
 * Parts of a page of results, two beside each other where they have room; of an odd number between two that take the
 * whole width, the first does so too.
 */
export function BlockCards({ blocks }: { blocks: readonly Block[] }) {
  const wide = blocks.map(takesAll);
  for (let from = 0; from < blocks.length; from++) {
    if (wide[from]) continue;
    const end = wide.indexOf(true, from);
    const to = end < 0 ? blocks.length : end;
    wide[from] = (to - from) % 2 === 1;
    from = to;
  }
  return (
    <div class="columns even">
      {blocks.map((block, place) => <BlockCard block={block} isWide={wide[place]} />)}
    </div>
  );
}

function takesAll({ columns = [], rows = [], figures = [] }: Block): boolean {
  if (figures.length > 0) return true;
  const texts = columns.filter(({ is }) => is === "text").length;
  return rows.length > 0 && (columns.length > MOST_NARROW || texts > 1);
}

function BlockCard({ block, isWide }: { block: Block; isWide: boolean }) {
  const { title, about, figures, pairs, columns, rows, list, drawing, acts, empty, job } = block;
  const isFlush = !pairs;
  const isEmpty = drawing === null || (figures ?? pairs ?? rows)?.length === 0;
  return (
    <section id={list?.name} class={`card ${isFlush ? "flush" : ""} ${isWide ? "wide" : ""}`}>
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
      {figures && figures.length > 0 && (
        <dl class="figures">
          {figures.map(([name, value]) => (
            <div>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
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
      {list && (
        <Pager {...list} isInset>
          {formatNumber(rows!.length)} of {formatNumber(list.count)}
        </Pager>
      )}
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
