import type { AnyJob } from "../../../lib/job.ts";
import { CurlCommand, curlPost } from "../parts/curl_command.tsx";
import { isTextual, type ParamField } from "./params_fields.ts";

/** The same act for a terminal. */
export function Curl(
  { job, origin, fields }: { job: AnyJob; origin: string; fields: ParamField[] },
) {
  const params = Object.fromEntries(
    fields.filter(({ fallback }) => fallback).map(({ name, kind, fallback }) => [
      name,
      isTextual(kind) ? fallback : JSON.parse(fallback),
    ]),
  );
  const body = Object.keys(params).length > 0 ? { params } : {};
  return <CurlCommand id="curl" command={curlPost(`${origin}/jobs/${job.id}/run`, body)} />;
}
