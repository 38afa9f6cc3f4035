import { assertEquals, assertThrows } from "@std/assert";
import {
  readChampions,
  readNewestVersion,
  readPlatformStatus,
  toPatch,
  UnexpectedAnswerError,
} from "../../../jobs/matches/riot.ts";

Deno.test("the newest version's first two numbers are the patch", () => {
  assertEquals(readNewestVersion(["15.20.1", "15.19.1", "lolpatch_7.20"]), "15.20.1");
  assertEquals(readNewestVersion(["lolpatch_7.20", "16.1.1"]), "16.1.1");
  assertEquals([toPatch("15.20.1"), toPatch("15.20")], ["15.20", "15.20"]);
});

Deno.test("what is no list of versions is refused", () => {
  for (const body of [[], ["latest"], [15.2], { versions: ["15.20.1"] }, "15.20.1", null]) {
    assertThrows(() => readNewestVersion(body), UnexpectedAnswerError);
  }
});

Deno.test("a champion's key is the id that matches have", () => {
  const data = { MonkeyKing: { id: "MonkeyKing", key: "62", name: "Wukong", blurb: "" } };
  assertEquals(readChampions({ type: "champion", data }), [{ id: 62, name: "Wukong" }]);
});

Deno.test("what is no list of champions is refused", () => {
  const entry = { key: "62", name: "Wukong" };
  for (
    const body of [
      {},
      [entry],
      { data: { a: { ...entry, key: "sixty" } } },
      { data: { a: { ...entry, key: "0" } } },
      { data: { a: { ...entry, name: "" } } },
      { data: { a: { ...entry, name: "n".repeat(101) } } },
    ]
  ) assertThrows(() => readChampions(body), UnexpectedAnswerError);
});

const incident = (incident_severity: string | null) => ({ id: 1, incident_severity, titles: [] });
const maintenance = (maintenance_status: string) => ({ id: 2, maintenance_status, titles: [] });

for (
  const { incidents, maintenances, health } of [
    { incidents: [], maintenances: [], health: "ok" },
    { incidents: [incident("info")], maintenances: [maintenance("scheduled")], health: "ok" },
    { incidents: [], maintenances: [maintenance("in_progress")], health: "maintenance" },
    { incidents: [incident("warning")], maintenances: [], health: "incident" },
    { incidents: [incident(null)], maintenances: [maintenance("in_progress")], health: "incident" },
  ] as const
) {
  const what = `${incidents.length} incidents, ${maintenances.length} maintenances`;
  Deno.test(`a platform with ${what} is: ${health}`, () => {
    const body = { id: "EUW1", name: "EU West", locales: ["en_GB"], maintenances, incidents };
    assertEquals(readPlatformStatus(body), {
      platform: "EUW1",
      name: "EU West",
      health,
      incidents: incidents.length,
      maintenances: maintenances.length,
    });
  });
}

Deno.test("what is no platform status is refused", () => {
  for (const body of [null, {}, { id: "EUW1", name: "EU West" }, []]) {
    assertThrows(() => readPlatformStatus(body), UnexpectedAnswerError);
  }
});
