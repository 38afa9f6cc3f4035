import type { AnyJob } from "../../../lib/job.ts";
import type { ParamField } from "./params_fields.ts";

/** The same act for a terminal. */
export function Curl(
  { job, origin, fields }: { job: AnyJob; origin: string; fields: ParamField[] },
) {
  const params = Object.fromEntries(
    fields.filter(({ fallback }) => fallback).map(({ name, kind, fallback }) => [
      name,
      kind === "text" || kind === "choice" ? fallback : JSON.parse(fallback),
    ]),
  );
  const body = JSON.stringify(Object.keys(params).length > 0 ? { params } : {});
  const command = [
    `curl -X POST '${origin}/jobs/${job.id}/run'`,
    `  -H 'Authorization: Bearer YOUR_KEY'`,
    `  -d '${body.replaceAll("'", "'\\''")}'`,
  ].join(" \\\n");
  return (
    <details class="curl">
      <summary>The same with curl</summary>
      <pre id="curl">{command}</pre>
      <button type="button" class="small needs-script" data-copy="curl">Copy</button>
    </details>
  );
}
