import type { Content, OpenApiDocument, Operation } from "../openapi.ts";
import { renderPage } from "./layout.tsx";

/** The page at `/docs` for a browser, from the OpenAPI document alone. */
export function docsPage({ info, paths, components }: OpenApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation }))
  );
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags))];
  return renderPage(
    `${info.title}: the API`,
    <>
      <h1>{info.title}: the API</h1>
      <p>{info.description}</p>
      <p class="quiet">
        For programs: <a href="/openapi.json">/openapi.json</a>. Keys go into the header{" "}
        <code>Authorization: Bearer KEY</code>.
      </p>
      {tags.map((tag) => (
        <section>
          <h2>{tag}</h2>
          {operations.filter(({ operation }) => operation.tags.includes(tag)).map((route) => (
            <Route {...route} />
          ))}
        </section>
      ))}
      <h2>Shapes</h2>
      {Object.entries(components.schemas).map(([name, schema]) => (
        <Shape name={name} schema={schema} />
      ))}
    </>,
  );
}

function Route(
  { path, method, operation }: { path: string; method: string; operation: Operation },
) {
  return (
    <article>
      <h3>
        <code>{method.toUpperCase()} {path}</code>
      </h3>
      <p>
        {operation.summary}.{" "}
        <span class="quiet">{operation["x-role"] ? `Role: ${operation["x-role"]}` : "Open"}</span>
      </p>
      {operation.description && <p>{operation.description}</p>}
      {operation.parameters.length > 0 && <Parameters operation={operation} />}
      {operation.requestBody && <Body content={operation.requestBody.content} />}
      <table>
        {Object.entries(operation.responses).map(([status, { description, content }]) => (
          <tr>
            <th scope="row">{status}</th>
            <td>{description}</td>
            <td class="quiet">{content && shapeNames(content)}</td>
          </tr>
        ))}
      </table>
    </article>
  );
}

function Parameters({ operation }: { operation: Operation }) {
  return (
    <table>
      {operation.parameters.map(({ name, in: place, required, description }) => (
        <tr>
          <th scope="row">
            <code>{name}</code>
          </th>
          <td>{place}{required && ", required"}</td>
          <td>{description}</td>
        </tr>
      ))}
    </table>
  );
}

function Body({ content }: { content: Content }) {
  const fields = Object.entries(content["application/json"].schema?.properties ?? {});
  if (fields.length === 0) return <p class="quiet">No body is needed.</p>;
  return (
    <table>
      {fields.map(([name, schema]) => (
        <tr>
          <th scope="row">
            <code>{name}</code>
          </th>
          <td>body</td>
          <td>{schema.description ?? schema.type}</td>
        </tr>
      ))}
    </table>
  );
}

function Shape({ name, schema }: { name: string; schema: unknown }) {
  return (
    <details>
      <summary>
        <code>{name}</code>
      </summary>
      <pre>{JSON.stringify(schema, null, 2)}</pre>
    </details>
  );
}

function shapeNames(content: Content): string {
  return Object.entries(content).map(([type, { schema }]) => {
    const name = String(schema?.$ref ?? "").split("/").at(-1);
    return name ? `${type}: ${name}` : type;
  }).join(", ");
}
