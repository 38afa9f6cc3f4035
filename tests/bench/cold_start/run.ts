/**
 * `deno task bench:cold-start`: process start to first response, the program against bare imports of Hono,
 * postgres, zod and croner. The two take turns, so that the ratio holds on a machine whose speed drifts.
 */
const ROUNDS = 15;
const PORT = 18_231;
const HERE = new URL(".", import.meta.url);

const programs = {
  bare: new URL("bare.ts", HERE),
  "edge-cron": new URL("../../../main.ts", HERE),
};
type Name = keyof typeof programs;

const timesMs: Record<Name, number[]> = { bare: [], "edge-cron": [] };
for (let round = -1; round < ROUNDS; round++) {
  for (const name of Object.keys(programs) as Name[]) {
    const ms = await timeFirstResponse(programs[name]);
    // The first round warms the caches.
    if (round >= 0) timesMs[name].push(ms);
  }
}

for (const [name, times] of Object.entries(timesMs)) {
  const [least, middle, most] = spread(times);
  console.log(
    `${name.padEnd(10)} median ${middle.toFixed(0)} ms (${least.toFixed(0)} to ${most.toFixed(0)})`,
  );
}
const ratios = timesMs["edge-cron"].map((ms, round) => ms / timesMs.bare[round]);
console.log(`ratio      median ${spread(ratios)[1].toFixed(2)}, ${ROUNDS} pairs`);

async function timeFirstResponse(program: URL): Promise<number> {
  const startedAt = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-net", "--allow-env", "--allow-read", program.pathname],
    // Nobody listens there: the first response must not wait for a database.
    env: { DATABASE_URL: "postgres://nobody@127.0.0.1:9/none", PORT: String(PORT), API_KEYS: "" },
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    return await firstResponseAt() - startedAt;
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
}

async function firstResponseAt(): Promise<number> {
  const giveUpAt = performance.now() + 30_000;
  while (performance.now() < giveUpAt) {
    try {
      const response = await fetch(`http://127.0.0.1:${PORT}/healthz`);
      await response.body?.cancel();
      return performance.now();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  throw new Error("The program did not answer within 30 s");
}

function spread(values: number[]): [number, number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  return [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)!];
}
