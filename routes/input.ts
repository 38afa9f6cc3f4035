import type { Context } from "hono";
import type { z } from "zod";
import { InvalidInputError } from "../lib/errors.ts";
import { sayIssue } from "../lib/issue_words.ts";
import { HttpError } from "./problem.ts";

/** The largest body that is read, in bytes. */
export const MAX_BODY_BYTES = 1_000_000;

/**
 * The query of a request, checked; unknown names are refused, since a misspelt filter would match everything.
 *
 * A name that is repeated counts as one list, parted by commas. Throws `InvalidInputError`.
 */
export function readQuery<Query>(c: Context, schema: z.ZodType<Query>): Query {
  const entries = Object.entries(c.req.queries()).map(([name, values]) => [name, values.join(",")]);
  return check(schema, Object.fromEntries(entries), "The query does not fit", "query");
}

/** Refuses any query where none is taken: `?dry_run=true` must not be a real run. Throws `InvalidInputError`. */
export function refuseQuery(c: Context): void {
  const names = Object.keys(c.req.query());
  if (names.length > 0) {
    fail("The query does not fit", names.map((name) => [name, "is not known here"]));
  }
}

/**
 * The JSON body of a request, checked; no body at all is an empty object.
 *
 * The content type is not looked at: `curl -d '{}'` sends JSON under another name. Throws
 * `InvalidInputError` by field and `HttpError` when the body is too large.
 */
export async function readBody<Body>(c: Context, schema: z.ZodType<Body>): Promise<Body> {
  const text = await readText(c.req.raw);
  return check(schema, text.trim() ? parseJson(text) : {}, "The body does not fit", "body");
}

/** What a form holds, checked as the body that says the same. Throws `InvalidInputError` by field. */
export function checkBody<Body>(schema: z.ZodType<Body>, body: unknown): Body {
  return check(schema, body, "The form does not fit", "form");
}

/** Refuses path parameters that no text column can hold. Throws `InvalidInputError`. */
export function checkPathParams(params: Record<string, string>): void {
  const fields = unstorableParts(params, []);
  if (fields.length > 0) fail("The path does not fit", fields);
}

function check<T>(schema: z.ZodType<T>, value: unknown, message: string, whole: string): T {
  const unstorable = unstorableParts(value, []);
  if (unstorable.length > 0) fail(message, unstorable);
  const parsed = schema.safeParse(value, { error: sayIssue });
  if (parsed.success) return parsed.data;
  fail(
    message,
    parsed.error.issues.flatMap((issue): Problem[] =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => [[...issue.path, key].join("."), "is not known here"])
        : [[issue.path.join(".") || whole, issue.message]]
    ),
  );
}

/** Levels of arrays and objects in a body; far more than any parameter needs. */
const MAX_DEPTH = 64;

const UNSTORABLE = "holds a character that cannot be stored";

type Problem = [field: string, problem: string];

function fail(message: string, problems: Problem[]): never {
  const fields: Record<string, string[]> = {};
  for (const [field, problem] of problems) {
    const told = fields[field] ??= [];
    if (!told.includes(problem)) told.push(problem);
  }
  const summary = Object.entries(fields).map(([field, texts]) => `${field}: ${texts.join(", ")}`);
  throw new InvalidInputError(`${message}: ${summary.join("; ")}`, fields);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    fail("The body is not JSON", [["body", (error as SyntaxError).message]]);
  }
}

/** Postgres takes neither NUL nor half a surrogate pair in texts, and JSON can spell both. */
function unstorableParts(value: unknown, path: string[]): Problem[] {
  const field = path.join(".");
  if (path.length > MAX_DEPTH) return [[path[0], "is nested too deeply"]];
  if (typeof value === "string") return isStorable(value) ? [] : [[field, UNSTORABLE]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    isStorable(name)
      ? unstorableParts(part, [...path, name])
      : [[field || "body", `${UNSTORABLE} in a name`]]
  );
}

function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

async function readText(request: Request): Promise<string> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > MAX_BODY_BYTES) throw tooLarge();
  if (!request.body) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return await new Blob(chunks as BlobPart[]).text();
}

function tooLarge(): HttpError {
  return new HttpError(
    "payload_too_large",
    `A body may have at most ${MAX_BODY_BYTES} bytes.`,
  );
}
