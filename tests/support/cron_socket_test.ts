import { assertEquals, assertRejects } from "@std/assert";
import { CronSocket } from "./cron_socket.ts";

/** Prints what its handlers do; `fails` throws, `exits` ends the process in the middle of a firing. */
const PROGRAM = `
  const options = { backoffSchedule: [] };
  Deno.cron("works", "0 2 * * *", options, () => console.log("worked"));
  Deno.cron("fails", "* * * * *", options, () => { throw new Error("on purpose"); });
  Deno.cron("exits", "0 0 1 JAN *", options, () => Deno.exit(0));
`;

interface Child {
  ended: Promise<Deno.CommandOutput>;
  kill(): void;
}

function startProgram(socket: CronSocket): Child {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--unstable-cron", PROGRAM],
    env: { ...socket.env, NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return { ended: process.output(), kill: () => process.kill("SIGKILL") };
}

Deno.test("CronSocket shows each cron as the program registered it", async () => {
  await using socket = new CronSocket();
  const program = startProgram(socket);
  await socket.waitFor("works", "fails", "exits");
  assertEquals(socket.registered.get("works"), {
    name: "works",
    schedule: "0 2 * * *",
    backoff_schedule: [],
  });
  program.kill();
  await program.ended;
});

Deno.test("CronSocket.fire() runs the real handler each time and says whether it succeeded", async () => {
  await using socket = new CronSocket();
  const program = startProgram(socket);
  await socket.waitFor("works", "fails");
  assertEquals(await socket.fire("works"), true);
  assertEquals(await socket.fire("fails"), false);
  assertEquals(await socket.fire("works"), true);
  program.kill();
  const { stdout } = await program.ended;
  assertEquals(new TextDecoder().decode(stdout), "worked\nworked\n");
});

Deno.test("CronSocket.fire() rejects when the program ends before the handler has settled", async () => {
  await using socket = new CronSocket();
  const program = startProgram(socket);
  await socket.waitFor("exits");
  await assertRejects(() => socket.fire("exits"), Error, "The program left while");
  await program.ended;
  await assertRejects(() => socket.waitFor("never"), Error, "The program left before");
});
