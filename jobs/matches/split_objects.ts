/** The longest text of one object, in characters; a match has a few thousand. */
const MAX_LENGTH = 1_000_000;

const [QUOTE, BACKSLASH, OPEN, CLOSE] = [...'"\\{}'].map((c) => c.charCodeAt(0));

/** What may stand between objects: white space, a comma, the brackets of an array, a byte order mark. */
const BETWEEN = new Set([..." \t\r\n,[]\ufeff"].map((c) => c.charCodeAt(0)));

/**
 * Cuts a text into its outermost JSON objects, whether they stand alone, in an array or one a line.
 *
 * Only one object is held at a time. Throws `SyntaxError` where the text ends inside of an object, an
 * object is too long, or anything else stands between two.
 */
export async function* splitObjects(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let before = "";
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const code = chunk.charCodeAt(at);
      if (inString) {
        if (isEscaped) isEscaped = false;
        else if (code === BACKSLASH) isEscaped = true;
        else if (code === QUOTE) inString = false;
      } else if (code === OPEN) {
        if (depth++ === 0) from = at;
      } else if (depth === 0) {
        if (BETWEEN.has(code)) continue;
        const text = JSON.stringify(chunk.slice(at, at + 20));
        throw new SyntaxError(`${text} is not the beginning of an object`);
      } else if (code === QUOTE) {
        inString = true;
      } else if (code === CLOSE && --depth === 0) {
        yield before + chunk.slice(from, at + 1);
        before = "";
      }
    }
    if (depth > 0) before += chunk.slice(from);
    if (before.length > MAX_LENGTH) {
      throw new SyntaxError(`an object is longer than ${MAX_LENGTH} characters`);
    }
  }
  if (depth > 0) throw new SyntaxError("the file ends inside of an object");
}
