import type { Json } from "../../../lib/db/sql.ts";
import { formatCount, formatNumber } from "../format.ts";

/** Parts of a list or object that are shown at once. */
const PARTS_SHOWN = 100;

/** Of a list, texts up to here are words. */
const WORD_LETTERS = 30;

/** JSON as a tree that can be read; what lies deep is folded. */
export function Tree({ value, depth = 0 }: { value: Json; depth?: number }) {
  if (value === null || typeof value !== "object") return <Leaf value={value} />;
  if (isPlainList(value)) return <PlainList values={value} />;
  const parts: [string, Json][] = Array.isArray(value)
    ? value.map((part, place) => [String(place), part])
    : Object.entries(value);
  if (parts.length === 0) return <span class="quiet">{Array.isArray(value) ? "none" : "{ }"}</span>;
  const list = (
    <dl class="tree">
      {parts.slice(0, PARTS_SHOWN).map(([name, part]) => (
        <>
          <dt>{name}</dt>
          <dd>
            <Tree value={part} depth={depth + 1} />
          </dd>
        </>
      ))}
      {parts.length > PARTS_SHOWN && (
        <>
          <dt>…</dt>
          <dd class="quiet">{formatCount(parts.length - PARTS_SHOWN, "more part")}</dd>
        </>
      )}
    </dl>
  );
  if (depth < 2) return list;
  return (
    <details class="more">
      <summary>
        {formatCount(
          parts.length,
          Array.isArray(value) ? "entry" : "field",
          Array.isArray(value) ? "entries" : "fields",
        )}
      </summary>
      {list}
    </details>
  );
}

/** Whether a list holds nothing but numbers and words: it reads best as one line. */
function isPlainList(value: Json): value is (string | number)[] {
  return Array.isArray(value) && value.length > 0 &&
    value.every((part) =>
      typeof part === "number" || (typeof part === "string" && part.length <= WORD_LETTERS)
    );
}

function PlainList({ values }: { values: (string | number)[] }) {
  const shown = values.slice(0, PARTS_SHOWN)
    .map((part) => typeof part === "number" ? formatNumber(part) : part);
  const rest = values.length - shown.length;
  return (
    <>
      {shown.join(", ")}
      {rest > 0 && <span class="quiet">, and {formatCount(rest, "more part")}</span>}
    </>
  );
}

function Leaf({ value }: { value: string | number | boolean | null }) {
  if (value === null) return <span class="quiet">null</span>;
  if (typeof value === "number") {
    return <span>{formatNumber(value)}</span>;
  }
  if (typeof value === "boolean") return <span>{value ? "true" : "false"}</span>;
  return <span class="text">{value}</span>;
}
