import { writeLocalTime } from "../local_time.ts";

/** A field of the form that a parameter's schema gives. */
export interface ParamField {
  name: string;
  kind: "text" | "number" | "integer" | "flag" | "choice" | "day" | "instant" | "json";
  required: boolean;
  hint: string;
  /** As the job has it; empty when there is none. */
  fallback: string;
  choices: string[];
  /** Of a number, where its schema has bounds. */
  min?: number;
  max?: number;
  /** What a number must be a multiple of. */
  step?: number;
}

interface Schema {
  /** Several where null is one of them. */
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  default?: unknown;
  description?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  properties?: Record<string, Schema>;
  required?: string[];
}

/** The fields of a parameters' JSON Schema, one for each property. */
export function toFields(schema: Schema): ParamField[] {
  return Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const known = withoutNull(property);
    const kind = kindOf(known);
    return {
      name,
      kind,
      required: (schema.required ?? []).includes(name) && property.default === undefined,
      hint: [
        (property.description ?? known.description)?.replace(/\.$/, ""),
        rangeWords(known),
        kind === "json" && "as JSON",
      ]
        .filter(Boolean).join("; "),
      fallback: toText(property.default, kind),
      choices: kind === "choice" ? known.enum!.map(String) : [],
      ...(kind === "number" || kind === "integer" ? limitsOf(known, kind) : {}),
    };
  });
}

/** What stands in a field at first: its fallback, as an input of its kind has it. */
export function writeFallback({ kind, fallback }: ParamField, zone: string): string {
  if (kind !== "instant" || !fallback) return fallback;
  const instant = new Date(fallback);
  return Number.isNaN(instant.getTime()) ? "" : writeLocalTime(instant, zone);
}

/** Whether JSON has a value of a kind as a text. */
export function isTextual(kind: ParamField["kind"]): boolean {
  return kind === "text" || kind === "choice" || kind === "day" || kind === "instant";
}

function withoutNull(schema: Schema): Schema {
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((type) => type !== "null");
    return types.length === 1 ? { ...schema, type: types[0] } : schema;
  }
  const others = schema.anyOf?.filter(({ type }) => type !== "null") ?? [];
  return others.length === 1 ? others[0] : schema;
}

function kindOf({ type, format, enum: choices }: Schema): ParamField["kind"] {
  if (choices?.every((choice) => typeof choice === "string")) return "choice";
  if (type === "boolean") return "flag";
  if (type === "integer" || type === "number") return type;
  if (type !== "string") return "json";
  return format === "date" ? "day" : format === "date-time" ? "instant" : "text";
}

function toText(value: unknown, kind: ParamField["kind"]): string {
  if (value === undefined || value === null) return "";
  return kind === "json" ? JSON.stringify(value) : String(value);
}

function rangeWords(schema: Schema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  return [
    isBound(minimum) && `at least ${minimum}`,
    isBound(exclusiveMinimum) && `more than ${exclusiveMinimum}`,
    isBound(maximum) && `at most ${maximum}`,
    isBound(exclusiveMaximum) && `less than ${exclusiveMaximum}`,
    multipleOf !== undefined && multipleOf !== 1 && `a multiple of ${multipleOf}`,
  ].filter(Boolean).join(", ");
}

/** The bounds that an input for numbers knows; what only the schema can say is left to it. */
function limitsOf(schema: Schema, kind: "number" | "integer") {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf: step } = schema;
  const next = kind === "integer" ? 1 : 0;
  const least = isBound(minimum)
    ? minimum
    : isBound(exclusiveMinimum)
    ? exclusiveMinimum + next
    : undefined;
  const most = isBound(maximum)
    ? maximum
    : isBound(exclusiveMaximum)
    ? exclusiveMaximum - next
    : undefined;
  return {
    // An input counts its steps from its minimum, the schema from zero.
    min: least === undefined || !step ? least : Math.ceil(least / step) * step,
    max: most,
    step,
  };
}

/** The schema library spells out the largest whole numbers that JavaScript has. */
function isBound(bound: number | undefined): bound is number {
  return bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
}
