import { wantsHtml } from "./accept.ts";
import { defineRoute, type Route } from "./contract.ts";
import type { OpenApiDocument } from "./openapi.ts";

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

function docsText(document: OpenApiDocument): string {
  const lines = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary, "x-role": role }]) =>
      `${method.toUpperCase().padEnd(6)} ${path.padEnd(34)} ${
        (role ?? "anybody").padEnd(9)
      } ${summary}\n`
    )
  );
  return lines.join("");
}
