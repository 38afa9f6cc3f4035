import { wantsHtml } from "./accept.ts";
import { defineRoute, type Route } from "./contract.ts";
import type { JsonSchema, OpenApiDocument } from "./openapi.ts";

/** The documentation of some routes and of itself; made when it is first asked for. */
export function docsRoutes(documented: readonly Route[]): Route[] {
  let made: Promise<OpenApiDocument> | undefined;
  const readDocument = () => made ??= makeDocument([...documented, ...routes]);
  const routes: Route[] = [
    defineRoute({
      method: "get",
      path: "/openapi.json",
      summary: "Every route as an OpenAPI 3.1 document",
      tag: "system",
      role: "viewer",
      answers: { 200: { description: "The document", contentType: "application/json" } },
    }, async (_, c) => c.json(await readDocument())),

    defineRoute({
      method: "get",
      path: "/docs",
      summary: "Every route, to be read",
      tag: "system",
      role: "viewer",
      answers: { 200: { description: "A page, or text for a terminal", contentType: "text/html" } },
    }, async (_, c) => {
      const document = await readDocument();
      if (!wantsHtml(c)) return c.text(docsText(document));
      const { docsPage } = await import("./pages/docs_page.tsx");
      return c.html(docsPage(document));
    }),
  ];
  return routes;
}

async function makeDocument(routes: readonly Route[]): Promise<OpenApiDocument> {
  const { describeRoutes } = await import("./openapi.ts");
  return describeRoutes(routes);
}

/** A line for each route, and under it one each for the fields of its query and of its body. */
function docsText({ paths, components }: OpenApiDocument): string {
  const width = Math.max(...Object.keys(paths).map((path) => path.length));
  const lines = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const { summary, "x-role": role, parameters, requestBody } = operation;
      const query = parameters.filter((parameter) => parameter.in === "query");
      const body = requestBody?.content["application/json"]?.schema ?? {};
      return [
        `${method.toUpperCase().padEnd(6)} ${path.padEnd(width)} ${
          (role ?? "anybody").padEnd(8)
        } ${summary}`,
        ...sayFields("query", query),
        ...sayFields("body", fieldsOf(resolve(body, components.schemas))),
      ];
    })
  );
  return lines.join("\n") + "\n";
}

interface Field {
  name: string;
  required: boolean;
}

function fieldsOf({ properties = {}, required = [] }: JsonSchema): Field[] {
  return Object.keys(properties as JsonSchema).map((name) => ({
    name,
    required: (required as string[]).includes(name),
  }));
}

/** The schema that a name of the document's components stands for; others as they are. */
function resolve(schema: JsonSchema, named: Record<string, JsonSchema>): JsonSchema {
  const name = typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1)! : null;
  return name === null ? schema : named[name];
}

/** "body: to, from?", where from may be absent. */
function sayFields(part: string, fields: Field[]): string[] {
  if (fields.length === 0) return [];
  const names = fields.map(({ name, required }) => required ? name : `${name}?`);
  return [`       ${part}: ${names.join(", ")}`];
}
