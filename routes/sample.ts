import { z } from "zod";
import type { Json } from "../lib/db/sql.ts";
import { ConflictError, errorMessage } from "../lib/errors.ts";
import { defineRoute, type Route } from "./contract.ts";
import { type AppDeps, isEmbedded, type SampleOptions } from "./deps.ts";

/** How `deno task sample` works while the program holds the embedded database. */
export function sampleRoutes(deps: AppDeps): Route[] {
  return [
    defineRoute({
      method: "post",
      path: "/sample",
      summary: "Fill the embedded database with a believable history",
      tag: "system",
      role: "admin",
      body: sampleBody,
      answers: {
        200: {
          description: "One JSON a line: progress, then result or error",
          contentType: "application/x-ndjson",
        },
        409: { description: "The database is not the embedded one" },
      },
    }, ({ body }) => {
      const { loadSample } = deps;
      if (!loadSample || !isEmbedded(deps.engine.config)) {
        throw new ConflictError("Sample data is for the embedded database only.");
      }
      return new Response(progressLines(deps, (report) => loadSample(body, report)), {
        headers: { "Content-Type": "application/x-ndjson" },
      });
    }),
  ];
}

/** The work goes on to its end when the reader leaves: half a sample is worse than an unwatched one. */
function progressLines(
  { engine }: AppDeps,
  work: (report: (progress: Json) => void) => Promise<Json>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let open = true;
  return new ReadableStream({
    async start(controller) {
      const write = (line: Json) => {
        if (open) controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
      };
      try {
        write({ result: await work((progress) => write({ progress })) });
      } catch (error) {
        engine.log.error("Loading the sample failed", { error: errorMessage(error) });
        write({ error: "Loading the sample failed; the program's log says why" });
      }
      if (open) controller.close();
    },
    cancel() {
      open = false;
    },
  });
}

const sampleBody = (): z.ZodType<SampleOptions> =>
  z.strictObject({
    users: z.int().min(1).max(1_000_000).optional(),
    weeks: z.int().min(1).max(520).optional(),
  });
