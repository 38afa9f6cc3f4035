/**
 * The part of `@std/assert` that the tests use, over Node's own assertions.
 *
 * Names, argument order and thrown class are those of jsr:@std/assert@1, so mapping `@std/assert`
 * to `jsr:@std/assert@1` in deno.json replaces this file and changes no test.
 */
import nodeAssert from "node:assert/strict";

/** What every failed assertion throws. */
export class AssertionError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

// deno-lint-ignore no-explicit-any -- the shape of every class, abstract ones too, as in @std/assert
type AnyConstructor = abstract new (...args: any[]) => any;
type ErrorClass<E> = abstract new (...args: never[]) => E;

/** Fails, always. */
export function fail(msg?: string): never {
  throw new AssertionError(msg ? `Failed assertion: ${msg}` : "Failed assertion.");
}

/** Fails unless `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg || "Expected a truthy value.");
}

/** Fails unless `expr` is falsy. */
export function assertFalse(expr: unknown, msg = ""): asserts expr is false {
  if (expr) throw new AssertionError(msg || `Expected a falsy value, got ${show(expr)}.`);
}

/** Fails unless both are deeply and strictly equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  rethrow(() => nodeAssert.deepStrictEqual(actual, expected), msg);
}

/** Fails when both are deeply and strictly equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  rethrow(() => nodeAssert.notDeepStrictEqual(actual, expected), msg);
}

/** Fails when `actual` is null or undefined. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) {
    throw failure(`Expected a value that is not null or undefined, got ${show(actual)}.`, msg);
  }
}

/** Fails unless `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (actual.search(expected) < 0) {
    throw failure(`Expected ${show(actual)} to match ${expected}.`, msg);
  }
}

/** Fails unless `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (!actual.includes(expected)) {
    throw failure(`Expected ${show(actual)} to contain ${show(expected)}.`, msg);
  }
}

/** Fails unless each of `expected` equals (deeply) some member of `actual`. */
export function assertArrayIncludes<T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  msg?: string,
): void {
  const members = Array.from(actual);
  const missing = Array.from(expected).filter((wanted) =>
    !members.some((member) => equals(member, wanted))
  );
  if (missing.length > 0) {
    throw failure(`Expected ${show(members)} to include ${show(missing)}.`, msg);
  }
}

/** Fails unless `actual` has every property of `expected`, compared deeply, and perhaps others. */
export function assertObjectMatch(
  // deno-lint-ignore no-explicit-any -- any object, as in @std/assert
  actual: Record<PropertyKey, any>,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void {
  rethrow(() => nodeAssert.deepStrictEqual(sameShape(actual, expected), expected), msg);
}

/** Fails unless `actual` is greater than `expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual > expected)) throw failure(`Expected ${show(actual)} > ${show(expected)}.`, msg);
}

/** Fails unless `actual` is at least `expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual >= expected)) throw failure(`Expected ${show(actual)} >= ${show(expected)}.`, msg);
}

/** Fails unless `actual` is less than `expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual < expected)) throw failure(`Expected ${show(actual)} < ${show(expected)}.`, msg);
}

/** Fails unless `actual` is at most `expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual <= expected)) throw failure(`Expected ${show(actual)} <= ${show(expected)}.`, msg);
}

/** Fails unless both are within `tolerance` (by default a ten-millionth of `expected`). */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance = Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7,
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const delta = Math.abs(expected - actual);
  if (!(delta <= tolerance)) {
    throw failure(`Expected ${actual} to be within ${tolerance} of ${expected}.`, msg);
  }
}

/** Fails unless `actual` is an instance of `expectedType`. */
export function assertInstanceOf<T extends AnyConstructor>(
  actual: unknown,
  expectedType: T,
  msg = "",
): asserts actual is InstanceType<T> {
  if (!(actual instanceof expectedType)) {
    throw failure(`Expected an instance of ${expectedType.name}, got ${show(actual)}.`, msg);
  }
}

/** Fails unless `fn` throws (an instance of `ErrorClass`, containing `msgIncludes`); returns what was thrown. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClassOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): E | unknown {
  const expected = expectation(errorClassOrMsg, msgIncludes, msg);
  try {
    fn();
  } catch (error) {
    return checkThrown(error, expected);
  }
  throw failure("Expected function to throw.", expected.msg);
}

/** Fails unless the promise of `fn` rejects (as in `assertThrows`); resolves to the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClassOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<E | unknown> {
  const expected = expectation(errorClassOrMsg, msgIncludes, msg);
  let promise: PromiseLike<unknown> | undefined;
  try {
    promise = fn();
    await promise;
  } catch (error) {
    if (promise === undefined) {
      throw failure("Function throws when expected to reject.", expected.msg);
    }
    return checkThrown(error, expected);
  }
  throw failure("Expected function to reject.", expected.msg);
}

interface Expectation {
  errorClass?: ErrorClass<Error>;
  msgIncludes?: string;
  msg?: string;
}

function expectation(
  errorClassOrMsg: ErrorClass<Error> | string | undefined,
  msgIncludes: string | undefined,
  msg: string | undefined,
): Expectation {
  return typeof errorClassOrMsg === "string"
    ? { msg: errorClassOrMsg }
    : { errorClass: errorClassOrMsg, msgIncludes, msg };
}

function checkThrown(error: unknown, { errorClass, msgIncludes, msg }: Expectation): unknown {
  if (errorClass === undefined) return error;
  if (!(error instanceof Error)) throw failure(`Expected an Error, got ${show(error)}.`, msg);
  if (!(error instanceof errorClass)) {
    throw failure(
      `Expected error to be instance of "${errorClass.name}", but was ${show(error)}.`,
      msg,
    );
  }
  if (msgIncludes !== undefined && !error.message.includes(msgIncludes)) {
    throw failure(
      `Expected error message to include ${show(msgIncludes)}, but got ${show(error.message)}.`,
      msg,
    );
  }
  return error;
}

/** `actual` reduced, at every depth, to the properties that `expected` names. */
function sameShape(actual: unknown, expected: unknown): unknown {
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return actual.map((member, at) => at in expected ? sameShape(member, expected[at]) : member);
  }
  if (!isPlainObject(actual) || !isPlainObject(expected)) return actual;
  const kept: Record<PropertyKey, unknown> = {};
  for (const key of Reflect.ownKeys(expected)) {
    if (key in actual) kept[key] = sameShape(actual[key], expected[key]);
  }
  return kept;
}

function isPlainObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date || value instanceof RegExp || value instanceof Map ||
      value instanceof Set || ArrayBuffer.isView(value));
}

function equals(a: unknown, b: unknown): boolean {
  try {
    nodeAssert.deepStrictEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

function rethrow(check: () => void, msg: string | undefined): void {
  try {
    check();
  } catch (error) {
    throw failure((error as Error).message, msg);
  }
}

function failure(message: string, msg: string | undefined): AssertionError {
  return new AssertionError(msg ? `${message.replace(/\.$/, "")}: ${msg}` : message);
}

function show(value: unknown): string {
  return Deno.inspect(value, { depth: 4, strAbbreviateSize: 2_000 });
}
