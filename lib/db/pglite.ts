/**
 * The only importer of PGlite. Reached through a computed URL (`embedded.ts`), so that a program
 * with DATABASE_URL neither loads nor deploys it.
 */
import { type Extension, PGlite } from "@electric-sql/pglite";
import type { Pglite } from "./embedded_engine.ts";

const START_PARAMETERS = [
  ...PGlite.defaultStartParams,
  // Deeper recursion than this overflows the stack of WebAssembly, and takes the backend with it.
  ...["-c", "max_stack_depth=200kB"],
  ...["-c", "max_wal_size=128MB"],
];

/** Opens the database in `directory`, or a new one in memory when that is null. */
export async function openPglite(directory: string | null, snapshot?: Blob): Promise<Pglite> {
  const pglite = await PGlite.create({
    dataDir: directory ?? "memory://",
    loadDataDir: snapshot,
    extensions: { withoutTimers },
    startParams: START_PARAMETERS,
  });
  // COPY TO PROGRAM: no command can be run, and PGlite's own refusal unwinds the backend.
  pglite.handleExternalCmd = () => 0;
  return pglite;
}

/**
 * Takes the timer away from the backend, so that `statement_timeout` and its kind do nothing.
 *
 * Its alarm goes off between two statements, where PGlite cannot end a transaction or a session: with
 * `idle_in_transaction_session_timeout` the next statement never returned. `EmbeddedBackend` bounds time instead.
 */
const withoutTimers: Extension = {
  name: "without_timers",
  setup: (_pglite, emscriptenOptions) => {
    const { instantiateWasm } = emscriptenOptions;
    return Promise.resolve({
      emscriptenOpts: {
        ...emscriptenOptions,
        instantiateWasm: (imports: WebAssembly.Imports, onInstance: unknown) => {
          if (!("_setitimer_js" in imports.env)) {
            throw new Error("Cannot open PGlite: this version sets its timer in another way");
          }
          imports.env._setitimer_js = () => 0;
          return instantiateWasm(imports, onInstance);
        },
      },
    });
  },
};
