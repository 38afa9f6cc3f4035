/** What says nothing of where statements end: comments, quoted texts and names, bodies between dollars. */
const OPAQUE =
  /--.*|\/\*|(?<!\w)e'(?:\\[^]|''|[^'\\])*'|'[^']*'|"[^"]*"|(?<![\w$])(\$(?:[a-z_]\w*)?\$)[^]*?\1/gi;

const CONTROL =
  /^(begin|start|commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b[^]*/i;

/** The first statement of an SQL text that begins, ends or divides a transaction; undefined where none does. */
export function findTransactionControl(text: string): string | undefined {
  let openBodies = 0;
  for (const statement of withoutOpaque(text).split(";").map((part) => part.trim())) {
    // A function's body in plain SQL has statements of its own, up to an `end`.
    if (openBodies > 0 && /^end\b/i.test(statement)) openBodies--;
    else if (CONTROL.test(statement)) return statement.replaceAll(/\s+/g, " ");
    if (/\bbegin\s+atomic\b(?!\s+end\b)/i.test(statement)) openBodies++;
  }
}

/** The text with a blank for each opaque part; a comment goes to the end of those within it. */
function withoutOpaque(text: string): string {
  let plain = "";
  let at = 0;
  for (let found; (found = matchFrom(OPAQUE, text, at)) !== null;) {
    plain += `${text.slice(at, found.index)} `;
    at = found[0] === "/*" ? endOfComment(text, found.index) : found.index + found[0].length;
  }
  return plain + text.slice(at);
}

function endOfComment(text: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const mark = matchFrom(/\/\*|\*\//g, text, at);
    if (mark === null) return text.length;
    depth += mark[0] === "/*" ? 1 : -1;
    at = mark.index + 2;
  } while (depth > 0);
  return at;
}

function matchFrom(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
