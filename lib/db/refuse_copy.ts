import { concat, copyFail, message, query, readText, Type } from "./wire.ts";

const REASON = "the embedded database does not take COPY FROM STDIN; use INSERT instead";

/** Raises the error inside of the backend, so that an open transaction fails as it should. */
const RAISE =
  `do $do$ begin raise exception using errcode = '0A000', message = '${REASON}'; end $do$`;

/** Comments, string constants, dollar quotes and quoted names, in which words mean nothing. */
const QUOTED = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$/g;
const COPY_FROM_STDIN = /\bcopy\b[^;]*\bfrom\s+stdin\b/i;

/**
 * The message to run in place of `sent`: the same, or one that raises an error when it is a COPY FROM STDIN.
 *
 * PGlite reads a client's data synchronously, finds none and ends the process. Where one of several
 * statements may hide it, a CopyFail right behind the message keeps the backend from reading on.
 */
export function refuseCopyFromStdin(sent: Uint8Array): Uint8Array {
  switch (sent[0]) {
    case Type.query: {
      const { text } = readText(sent, 5);
      if (!/stdin/i.test(text)) return sent;
      return copiesFromStdin(text) ? query(RAISE) : concat([sent, copyFail(REASON)]);
    }
    case Type.parse: {
      const { text: name, next } = readText(sent, 5);
      const { text } = readText(sent, next);
      return copiesFromStdin(text) ? message(Type.parse, name, RAISE, 0, 0) : sent;
    }
    default:
      return sent;
  }
}

function copiesFromStdin(sql: string): boolean {
  return /stdin/i.test(sql) && COPY_FROM_STDIN.test(sql.replace(QUOTED, " "));
}
