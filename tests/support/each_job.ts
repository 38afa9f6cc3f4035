/**
 * `deno task each-job`: every job of the four systems once, on the sample, in the real program.
 *
 * Starts the program on an embedded database of its own and the outside world beside it, triggers one
 * job after the other, reads each result at its read address, and prints a line for each. Ends with
 * exit code 1 unless every run succeeded with counts above zero and its result was found.
 */
import { startOutsideWorld } from "./outside_world.ts";
import { KEYS, SampleProgram } from "./sample_program.ts";

/** Reads JSON at a path of the program. */
// deno-lint-ignore no-explicit-any
type Get = (path: string) => Promise<any>;

/** How a job is tried. */
interface Trial {
  params?: Record<string, unknown>;
  /** Fields of the run's result that must be above zero. */
  counts: string[];
  /** Where the result is read; undefined: the run itself. */
  path?: string;
  /** What there is at the read address: something must be found, and a number be above zero. */
  find(get: Get): Promise<unknown>;
}

/** What came of a trial. */
export interface Tried {
  job: string;
  status: string;
  counts: Record<string, number>;
  path: string;
  found: unknown;
}

const NICK = "/profiles/user/nick";

const STATS = "/api/v1/learn/stats/test_user";

/** The jobs in the order of a night, for some of them work on what others leave. */
export const TRIALS: Record<string, Trial> = {
  detect_no_change_words: {
    counts: ["users", "words_added"],
    path: STATS,
    find: async (get) => (await get(STATS)).dictionary_words,
  },
  trigger_model_retraining: {
    counts: ["users", "promoted"],
    path: "/api/v1/learn/correct?user_id=test_user&word=recieve",
    async find(get) {
      const { ranked_by, candidates } = await get(this.path!);
      return ranked_by === "adapter" && candidates[0].word;
    },
  },
  cleanup_old_error_logs: {
    // The sample's eight weeks are all within the 90 days that are kept otherwise.
    params: { retention_days: 30 },
    counts: ["deleted"],
    find: () => Promise.resolve("the run"),
  },
  detect_improvement_patterns: {
    counts: ["users", "improving"],
    path: STATS,
    find: async (get) => (await get(STATS)).patterns_improving,
  },
  generate_progress_snapshots: {
    counts: ["users", "snapshots"],
    path: STATS,
    find: async (get) => (await get(STATS)).last_snapshot?.week_start,
  },
  create_daily_snapshots: {
    counts: ["students", "snapshots"],
    path: "/students/student_00001/snapshots",
    find: async (get) => (await get("/students/student_00001/snapshots")).snapshots[0]?.day,
  },
  refresh_recommendations: {
    counts: ["students", "recommendations"],
    path: "/students/student_00001…20/recommendations",
    async find(get) {
      // Who needs advice depends on the day.
      const ids = Array.from({ length: 20 }, (_, i) => `student_${String(i + 1).padStart(5, "0")}`);
      const sets = await Promise.all(ids.map((id) => get(`/students/${id}/recommendations`)));
      return sets.flatMap(({ recommendations }) => recommendations).length;
    },
  },
  refresh_history_index: {
    counts: ["changes", "matches", "champion_pairs"],
    path: "/matches/history-index.json",
    async find(get) {
      const { synergy, counter } = await get("/matches/history-index.json");
      return synergy.length + counter.length;
    },
  },
  refresh_model_registry: {
    counts: ["models", "new"],
    path: "/matches/models",
    find: async (get) => (await get("/matches/models")).total,
  },
  refresh_patch_meta: {
    counts: [],
    path: "/matches/patch",
    async find(get) {
      const [patch, platform] = [await get("/matches/patch"), await get("/matches/platform")];
      return patch.source === "data_dragon" && `${patch.patch}, ${platform.platform}`;
    },
  },
  profile_maintenance: {
    counts: ["entities", "attributes_before", "attributes_after", "prompt_tokens"],
    path: NICK,
    async find(get) {
      const { attributes, last_maintenance } = await get(NICK);
      return last_maintenance?.diff.length && attributes.length;
    },
  },
  memory_consolidation: {
    counts: ["entities", "memories_merged"],
    path: `${NICK}/memories?archived=true`,
    find: async (get) => (await get(`${NICK}/memories?archived=true`)).memories[0]?.merged_into,
  },
  memory_decay: {
    counts: ["memories", "faded", "archived"],
    path: `${NICK}/memories`,
    find: async (get) => (await get(`${NICK}/memories`)).memories[0]?.importance,
  },
};

/** Tries every job in a program of its own; `onTried` is told of each. */
export async function tryEachJob(onTried: (tried: Tried) => void = () => {}): Promise<Tried[]> {
  await using world = startOutsideWorld();
  // With schedules on, a full hour in between would do a job's work before it is triggered.
  await using program = await SampleProgram.start({ ...world.env, SCHEDULER_ENABLED: "false" });
  const all = [];
  for (const [job, trial] of Object.entries(TRIALS)) {
    const tried = await tryJob(program.origin, job, trial);
    onTried(tried);
    all.push(tried);
  }
  return all;
}

/** Whether a job did what it is there for. */
export function isGood({ status, counts, found }: Tried): boolean {
  return status === "success" && Object.values(counts).every((count) => count > 0) && !!found;
}

async function tryJob(origin: string, job: string, trial: Trial): Promise<Tried> {
  const get: Get = (path) => call(origin, path);
  const { run } = await call(origin, `/jobs/${job}/run`, {
    method: "POST",
    headers: { "Prefer": "wait=60" },
    body: JSON.stringify({ params: trial.params }),
  });
  const result = run.result_json ?? {};
  return {
    job,
    status: run.status,
    counts: Object.fromEntries(trial.counts.map((name) => [name, result[name]])),
    path: trial.path ?? `/runs/${run.id}`,
    found: await trial.find(get),
  };
}

async function call(origin: string, path: string, init: RequestInit = {}) {
  const headers = { "Authorization": `Bearer ${KEYS.admin}`, ...init.headers };
  const response = await fetch(origin + path, { ...init, headers });
  if (response.ok) return await response.json();
  throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
}

function print(tried: Tried): void {
  const counts = Object.entries(tried.counts).map((pair) => pair.join(" ")).join(", ");
  console.log(
    `${isGood(tried) ? "ok  " : "FAIL"} ${tried.job.padEnd(28)} ${
      tried.status.padEnd(8)
    } ${counts}`,
  );
  console.log(`       GET ${tried.path}: ${tried.found}`);
}

if (import.meta.main) {
  const all = await tryEachJob(print);
  Deno.exit(all.every(isGood) ? 0 : 1);
}
