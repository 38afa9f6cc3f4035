import { WHERE_TO_LOOK } from "../home.ts";
import { renderPage } from "./layout.tsx";

/** The page at `/` for a browser: static text, no data. */
export function homePage(): string {
  return renderPage(
    "Edge Cron",
    <>
      <h1>Edge Cron</h1>
      <p>Jobs declared with Deno.cron run here, and every run of them is kept in Postgres.</p>
      <dl>
        {WHERE_TO_LOOK.map(([where, what]) => (
          <>
            <dt>
              <code>{where}</code>
            </dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
      <p>
        All but this page, <code>/healthz</code> and <code>/readyz</code> need a key:{" "}
        <code>Authorization: Bearer KEY</code>
      </p>
    </>,
  );
}
