import { z } from "zod";
import type { Answer, Route } from "./contract.ts";

/** A JSON Schema, draft 2020-12, as OpenAPI 3.1 takes it. */
export type JsonSchema = Record<string, unknown>;

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  description?: string;
  schema: JsonSchema;
}

export interface Operation {
  summary: string;
  description?: string;
  tags: string[];
  /** The least role of a key; null where none is needed. */
  "x-role": string | null;
  security?: [];
  parameters: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}

export type Content = Record<string, { schema?: JsonSchema }>;

export interface OpenApiDocument {
  openapi: "3.1.0";
  info: { title: string; version: string; description: string };
  security: Record<string, string[]>[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, JsonSchema> };
}

/** The OpenAPI 3.1 document of some routes, made from the schemas that check their requests. */
export function describeRoutes(routes: readonly Route[]): OpenApiDocument {
  const schemas: Record<string, JsonSchema> = { Problem: toSchema(problemSchema(), {}) };
  const paths: OpenApiDocument["paths"] = {};
  for (const { contract } of routes) {
    const path = contract.path.replaceAll(/:(\w+)/g, "{$1}");
    (paths[path] ??= {})[contract.method] = describeRoute(contract, schemas);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Edge Cron",
      version: "1",
      description: "Jobs declared with Deno.cron, every run of them kept in Postgres.",
    },
    security: [{ bearer: [] }, { apiKey: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
      },
    },
  };
}

function describeRoute(
  contract: Route["contract"],
  schemas: Record<string, JsonSchema>,
): Operation {
  const { summary, description, tag, role, query, body, headers = {}, answers } = contract;
  const responses = Object.fromEntries(
    Object.entries(answers).map((
      [status, answer],
    ) => [status, describeAnswer(answer, status, schemas)]),
  );
  return {
    summary,
    ...(description && { description }),
    tags: [tag],
    "x-role": role,
    ...(role === null && { security: [] }),
    parameters: [
      ...pathParameters(contract.path),
      ...(query ? queryParameters(toSchema(query(), schemas)) : []),
      ...Object.entries(headers).map(([name, description]): Parameter => ({
        name,
        in: "header",
        required: false,
        description,
        schema: { type: "string" },
      })),
    ],
    ...(body && { requestBody: { content: json(toSchema(body(), schemas)) } }),
    responses: { ...responses, default: { description: "A problem", content: PROBLEM } },
  };
}

function describeAnswer(answer: Answer, status: string, schemas: Record<string, JsonSchema>) {
  const { description, schema, contentType = "application/json" } = answer;
  if (schema) {
    return { description, content: { [contentType]: { schema: toSchema(schema(), schemas) } } };
  }
  if (Number(status) >= 400) return { description, content: PROBLEM };
  return { description, ...(answer.contentType && { content: { [contentType]: {} } }) };
}

function pathParameters(path: string): Parameter[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters({ properties = {}, required = [] }: JsonSchema): Parameter[] {
  return Object.entries(properties as Record<string, JsonSchema>).map(
    ([name, { description, ...schema }]) => ({
      name,
      in: "query",
      required: (required as string[]).includes(name),
      ...(description ? { description: description as string } : {}),
      schema,
    }),
  );
}

/** A schema's JSON Schema; the parts that have a name of their own go to `schemas`. */
function toSchema(schema: z.ZodType, schemas: Record<string, JsonSchema>): JsonSchema {
  const made = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => leaveOutNoise(jsonSchema),
  });
  const text = JSON.stringify(made);
  const { $schema: _, $defs = {}, id: name, ...whole } = JSON.parse(
    text.replaceAll('"#/$defs/', '"#/components/schemas/'),
  );
  Object.assign(schemas, $defs);
  if (!name) return whole;
  schemas[name] = whole;
  return { $ref: `#/components/schemas/${name}` };
}

/** Zod spells out what a format and an integer mean anyway. */
function leaveOutNoise(schema: JsonSchema): void {
  if (schema.format) delete schema.pattern;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

function json(schema: JsonSchema): Content {
  return { "application/json": { schema } };
}

const PROBLEM: Content = {
  "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
};

const problemSchema = () =>
  z.looseObject({
    type: z.string().describe("urn:edge-cron:problem: and a code"),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.record(z.string(), z.array(z.string())).optional().describe("By field"),
  });
