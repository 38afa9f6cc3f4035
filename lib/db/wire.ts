/**
 * The few messages of the PostgreSQL frontend/backend protocol 3.0 that the embedded database
 * has to understand or to say by itself; everything else passes through untouched.
 *
 * Source: PostgreSQL documentation, chapter "Frontend/Backend Protocol".
 */

/** The first byte of a message. */
export const Type = {
  query: 0x51, // Q
  parse: 0x50, // P
  sync: 0x53, // S
  functionCall: 0x46, // F
  close: 0x43, // C
  terminate: 0x58, // X
  readyForQuery: 0x5a, // Z
  backendKeyData: 0x4b, // K
  parameterStatus: 0x53, // S
} as const;

const codes = (letters: string) => new Set([...letters].map((letter) => letter.charCodeAt(0)));

/** What a client may send once it is greeted, but for Terminate. */
export const CLIENT_TYPES = codes("QPBDECSHF");

/** CopyData, CopyDone and CopyFail of a client. */
export const COPY_TYPES = codes("dcf");

/** What ReadyForQuery says of the transaction. */
export const TransactionStatus = { idle: 0x49, open: 0x54, failed: 0x45 } as const;

/** The codes in the place of a version number in a client's first packet. */
export const StartupCode = {
  ssl: 80877103,
  gssEncryption: 80877104,
  cancel: 80877102,
  protocol3: 196608,
} as const;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Several byte arrays as one; the array itself when there is only one. */
export function concat(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The four-byte number at `at`, big-endian, unsigned. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

/** The text up to the next zero byte, and where the byte after that is. */
export function readText(bytes: Uint8Array, at: number): { text: string; next: number } {
  const end = bytes.indexOf(0, at);
  return { text: decoder.decode(bytes.subarray(at, end)), next: end + 1 };
}

/** The whole messages at the head of `bytes`, as views, and what is left. */
export function splitMessages(bytes: Uint8Array): { messages: Uint8Array[]; rest: Uint8Array } {
  const messages = [];
  let at = 0;
  while (bytes.length - at >= 5) {
    const length = readUint32(bytes, at + 1);
    const end = at + 1 + length;
    if (length < 4 || end > bytes.length) break;
    messages.push(bytes.subarray(at, end));
    at = end;
  }
  return { messages, rest: bytes.subarray(at) };
}

/** The length of a client's first packet, and the code in it; of at least eight bytes. */
export function readStartup(bytes: Uint8Array): { length: number; code: number } {
  return { length: readUint32(bytes, 0), code: readUint32(bytes, 4) };
}

/** The packet with which a client introduces itself. */
export function startup(parameters: Record<string, string>): Uint8Array {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`);
  const text = encoder.encode(pairs.join("") + "\0");
  return concat([uint32(text.length + 8), uint32(StartupCode.protocol3), text]);
}

/** The status of the last ReadyForQuery in a backend's answer; null when it has none. */
export function lastTransactionStatus(answer: Uint8Array): number | null {
  let status = null;
  for (let at = 0; at + 5 <= answer.length; at += 1 + readUint32(answer, at + 1)) {
    if (answer[at] === Type.readyForQuery) status = answer[at + 5];
  }
  return status;
}

/** A message of the given type. */
export function message(type: number, ...fields: (string | number | Uint8Array)[]): Uint8Array {
  const body = concat([
    new Uint8Array(0),
    ...fields.map((field) => {
      if (typeof field === "string") return encoder.encode(field + "\0");
      return typeof field === "number" ? Uint8Array.of(field) : field;
    }),
  ]);
  return concat([Uint8Array.of(type), uint32(body.length + 4), body]);
}

/** A number as four bytes, big-endian. */
export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** An error that the embedded database raises by itself, in Postgres' terms. */
export interface WireError {
  severity: "ERROR" | "FATAL";
  /** SQLSTATE. */
  code: string;
  message: string;
  hint?: string;
}

/** ErrorResponse. */
export function errorResponse({ severity, code, message: text, hint }: WireError): Uint8Array {
  const fields = [`S${severity}`, `V${severity}`, `C${code}`, `M${text}`];
  if (hint) fields.push(`H${hint}`);
  return message(0x45, ...fields, 0);
}

/** ReadyForQuery, no transaction open. */
export const readyForQuery = message(Type.readyForQuery, TransactionStatus.idle);

/** Sync: ends an extended query, whatever state it is in. */
export const sync = message(Type.sync);

/** Query: one or more statements as text. */
export function query(sql: string): Uint8Array {
  return message(Type.query, sql);
}

/** Close: forgets a prepared statement; no error when there is none of that name. */
export function closeStatement(name: string): Uint8Array {
  return message(Type.close, "S".charCodeAt(0), name);
}

/** CopyFail: ends a COPY FROM STDIN with an error; ignored when there is none. */
export function copyFail(reason: string): Uint8Array {
  return message("f".charCodeAt(0), reason);
}
