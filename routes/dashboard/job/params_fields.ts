import { InvalidInputError } from "../../../lib/errors.ts";
import type { Form } from "../forms.ts";

/** A field of the form that a parameter's schema gives. */
export interface ParamField {
  name: string;
  kind: "text" | "number" | "integer" | "flag" | "choice" | "json";
  required: boolean;
  hint: string;
  /** As it stands in the field; empty when there is none. */
  fallback: string;
  choices: string[];
  min?: number;
  max?: number;
}

interface Schema {
  /** Several where null is one of them. */
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  default?: unknown;
  description?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
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
      min: known.minimum,
      max: isBound(known.maximum) ? known.maximum : undefined,
    };
  });
}

/**
 * The parameters that a form holds; a field that is empty is left out, so that the job's default counts.
 *
 * Throws `InvalidInputError` for JSON that does not parse, with every field that does not.
 */
export function readParams(fields: readonly ParamField[], form: Form): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  const problems: Record<string, string[]> = {};
  for (const { name, kind } of fields) {
    const text = form.text(`p.${name}`).trim();
    if (kind === "flag") params[name] = text === "true";
    else if (text) {
      try {
        params[name] = fromText(text, kind);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        problems[`params.${name}`] = [`is not JSON: ${error.message}`];
      }
    }
  }
  if (Object.keys(problems).length > 0) {
    throw new InvalidInputError("The parameters cannot be read", problems);
  }
  return params;
}

/** Throws `SyntaxError` for what is no JSON. */
function fromText(text: string, kind: ParamField["kind"]): unknown {
  if (kind === "number" || kind === "integer") {
    const number = Number(text);
    return Number.isNaN(number) ? text : number;
  }
  return kind === "json" ? JSON.parse(text) : text;
}

function withoutNull(schema: Schema): Schema {
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((type) => type !== "null");
    return types.length === 1 ? { ...schema, type: types[0] } : schema;
  }
  const others = schema.anyOf?.filter(({ type }) => type !== "null") ?? [];
  return others.length === 1 ? others[0] : schema;
}

function kindOf({ type, enum: choices }: Schema): ParamField["kind"] {
  if (choices?.every((choice) => typeof choice === "string")) return "choice";
  if (type === "boolean") return "flag";
  if (type === "integer" || type === "number") return type;
  return type === "string" ? "text" : "json";
}

function toText(value: unknown, kind: ParamField["kind"]): string {
  if (value === undefined || value === null) return "";
  return kind === "json" ? JSON.stringify(value) : String(value);
}

function rangeWords({ minimum, maximum }: Schema): string {
  const least = isBound(minimum) ? `at least ${minimum}` : "";
  const most = isBound(maximum) ? `at most ${maximum}` : "";
  return [least, most].filter(Boolean).join(", ");
}

/** The schema library spells out the largest whole numbers that JavaScript has. */
function isBound(bound: number | undefined): boolean {
  return bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
}
