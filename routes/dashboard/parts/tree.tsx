import type { Json } from "../../../lib/db/sql.ts";
import { formatCount, formatNumber } from "../format.ts";

/** Parts of a list or object that are shown at once. */
const PARTS_SHOWN = 100;

/** JSON as a tree that can be read; what lies deep is folded. */
export function Tree({ value, depth = 0 }: { value: Json; depth?: number }) {
  if (value === null || typeof value !== "object") return <Leaf value={value} />;
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

function Leaf({ value }: { value: string | number | boolean | null }) {
  if (value === null) return <span class="quiet">null</span>;
  if (typeof value === "number") {
    return <span>{formatNumber(value)}</span>;
  }
  if (typeof value === "boolean") return <span>{value ? "true" : "false"}</span>;
  return <span class="text">{value}</span>;
}
