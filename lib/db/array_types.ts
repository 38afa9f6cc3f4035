import type postgres from "postgres";

/**
 * How arrays of the built-in types go to the database and come back, for the driver's `types`.
 *
 * Else the driver (3.4.9) would ask each new connection for them, might send a statement's arrays before it has
 * the answer ("malformed array literal", 1 of 300 first statements), and would end the process where the
 * question fails, as its rejection is nobody's. Source of the form: the Postgres manual, "Array Input and Output Syntax".
 */
export const ARRAY_TYPES: Record<string, postgres.PostgresType> = {
  booleans: arrayType(1000, (text) => text === "t"),
  numbers: arrayType([1005, 1007, 1021, 1022, 1028], Number),
  instants: arrayType([1115, 1182, 1185], (text) => new Date(text)),
  jsons: arrayType([199, 3807], (text) => JSON.parse(text)),
  // name, text, char, varchar, bigint, numeric and uuid
  texts: arrayType([1003, 1009, 1014, 1015, 1016, 1231, 2951], (text) => text),
};

/** An array of text as the database writes it, `{a,"b c"}`, and back. */
export const parseTexts = (text: string) => parseArray(text, (element) => element) as string[];
export const formatTexts = (texts: string[]) => formatArray(texts, []);

type Element = unknown | null | Element[];

function arrayType(
  oids: number | number[],
  parse: (text: string) => unknown,
): postgres.PostgresType {
  const from = [oids].flat();
  return {
    to: from[0],
    from,
    serialize: (value: unknown) => Array.isArray(value) ? formatArray(value, from) : value,
    parse: (text: string) => parseArray(text, parse),
  };
}

function formatArray(elements: Element[], oids: number[]): string {
  const isJson = oids.includes(3807);
  const formatted = elements.map((element) => {
    if (element === null || element === undefined) return "null";
    if (typeof element === "number") return String(element);
    if (Array.isArray(element) && !isJson) return formatArray(element, oids);
    return `"${formatElement(element, isJson).replace(/[\\"]/g, "\\$&")}"`;
  });
  return `{${formatted.join(",")}}`;
}

function formatElement(element: Element, isJson: boolean): string {
  if (isJson) return JSON.stringify(element);
  return element instanceof Date ? element.toISOString() : String(element);
}

/** Reads `{a,"b \"c\"",NULL,{d}}`; a lower bound before it (`[0:1]=`) is left out. */
function parseArray(text: string, parse: (text: string) => unknown): Element[] {
  const tokens = text.slice(text.indexOf("{")).matchAll(TOKEN);
  const root: Element[] = [];
  const open = [root];
  for (const [token] of tokens) {
    if (token === "{") {
      const inner: Element[] = [];
      open.at(-1)!.push(inner);
      open.push(inner);
    } else if (token === "}") {
      open.pop();
    } else if (token.startsWith('"')) {
      open.at(-1)!.push(parse(token.slice(1, -1).replace(/\\(.)/gs, "$1")));
    } else if (token !== ",") {
      open.at(-1)!.push(token === "NULL" ? null : parse(token));
    }
  }
  return root[0] as Element[];
}

const TOKEN = /[{},]|"(?:[^"\\]|\\.)*"|[^{},"]+/gs;
