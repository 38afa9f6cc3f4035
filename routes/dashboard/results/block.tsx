// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import type { Child } from "hono/jsx";

/** A part of a page of results: pairs of a name and a value, or a table. */
export interface Block {
  title: string;
  /** What it is, and which job writes it. */
  about: string;
  pairs?: [name: string, value: Child][];
  columns?: string[];
  rows?: Child[][];
  /** What is said when there is nothing; with `job`, how to run it is added. */
  empty: string;
  /** The id of the job that writes it. */
  job?: string;
}

/** A domain whose results can be looked at. */
export interface Domain {
  id: string;
  name: string;
  about: string;
  /** What a search for one thing finds; absent where the results are of one thing. */
  find?(text: string): Promise<{ id: string; words?: string }[]>;
  /** What the things are called, such as "user". */
  thing?: string;
  /** The results, of one thing where there are several; undefined when there is no such thing. */
  read(id: string): Promise<Block[] | undefined>;
}

/** Tables with more columns than these take the whole width. */
const MOST_NARROW = 5;

/** A part of a page of results. */
export function BlockCard({ block }: { block: Block }) {
  const { title, about, pairs, columns, rows, empty, job } = block;
  const isWide = rows !== undefined && rows.length > 0 && columns!.length > MOST_NARROW;
  const isEmpty = pairs ? pairs.length === 0 : rows?.length === 0;
  return (
    <section class={`card ${rows ? "flush" : ""} ${isWide ? "wide" : ""}`}>
      <div class={rows ? "inset" : ""}>
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
      {rows && rows.length > 0 && (
        <div class="table" tabindex={0} role="region" aria-label={title}>
          <table>
            <thead>
              <tr>
                {columns!.map((column) => <th scope="col">{column}</th>)}
              </tr>
            </thead>
            <tbody>
              {rows.map((cells) => (
                <tr>
                  {cells.map((cell) => <td class="breaks">{cell}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
