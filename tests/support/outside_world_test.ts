import { assertEquals } from "@std/assert";
import { readChampions, readNewestVersion, readPlatformStatus } from "../../jobs/matches/riot.ts";
import { parseConfig } from "../../lib/config.ts";
import config from "../../deno.json" with { type: "json" };
import { startOutsideWorld } from "./outside_world.ts";

Deno.test("the outside world answers as Data Dragon and Riot do, and Riot only with its key", async () => {
  await using world = startOutsideWorld();
  const { dataDragonBaseUrl, riotBaseUrl, riotApiKey } = parseConfig(world.env);
  const versions = await fetch(`${dataDragonBaseUrl}/api/versions.json`);
  const version = readNewestVersion(await versions.json());
  assertEquals(version, "15.21.1");
  const champions = await fetch(`${dataDragonBaseUrl}/cdn/${version}/data/en_US/champion.json`);
  const ahri = readChampions(await champions.json()).find(({ id }) => id === 103);
  assertEquals(ahri?.name, "Ahri");
  const ask = (key: string) =>
    fetch(`${riotBaseUrl}/lol/status/v4/platform-data`, { headers: { "X-Riot-Token": key } });
  assertEquals(readPlatformStatus(await (await ask(riotApiKey!)).json()).health, "ok");
  const refused = await ask("another");
  await refused.body?.cancel();
  assertEquals(refused.status, 403);
});

Deno.test("the outside world answers as a chat model", async () => {
  await using world = startOutsideWorld();
  const { llmBaseUrl, profileMaintenanceModel } = parseConfig(world.env);
  const response = await fetch(`${llmBaseUrl}/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: profileMaintenanceModel, messages: [] }),
  });
  const { choices, usage } = await response.json();
  assertEquals(choices[0].message.role, "assistant");
  assertEquals(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
});

Deno.test("`deno task outside-world` prints settings that the program takes", async () => {
  const [deno, ...args] = config.tasks["outside-world"].command.split(" ");
  assertEquals(deno, "deno");
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
  const lines: string[] = [];
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    lines.push(...text.trim().split("\n"));
    if (lines.some((line) => line.startsWith("PROFILE_MAINTENANCE_MODEL="))) child.kill();
  }
  await child.status;
  const env = Object.fromEntries(lines.map((line) => line.split("=")));
  assertEquals(parseConfig(env).llmBaseUrl, `${parseConfig(env).riotBaseUrl}/v1`);
});
