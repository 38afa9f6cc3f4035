import { z } from "zod";

/** What a platform's status page says, in short. */
export interface PlatformStatus {
  /** Such as `EUW1`. */
  platform: string;
  name: string;
  /** `incident`: one that is more than information; `maintenance`: one that is going on. */
  health: "ok" | "maintenance" | "incident";
  incidents: number;
  maintenances: number;
}

/** Where a server gives what its documentation says it does not. */
export class UnexpectedAnswerError extends Error {}

/**
 * The newest version in Data Dragon's `/api/versions.json`: versions as texts, the newest first,
 * "15.20.1" of patch 15.20.
 *
 * Source: Riot's developer portal, "League of Legends", Data Dragon. Old entries such as
 * "lolpatch_7.20" are passed over. Throws `UnexpectedAnswerError`.
 */
export function readNewestVersion(body: unknown): string {
  const versions = z.array(z.string()).safeParse(body);
  if (!versions.success) throw new UnexpectedAnswerError("Data Dragon gave no list of versions");
  const newest = versions.data.find((version) => /^\d{1,3}\.\d{1,3}\.\d+$/.test(version));
  if (!newest) throw new UnexpectedAnswerError("Data Dragon named no version such as 15.20.1");
  return newest;
}

/** Major and minor of a version: "15.20" of "15.20.1". */
export function toPatch(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

/** A champion by Riot's id, with its name for people. */
export interface Champion {
  id: number;
  name: string;
}

/**
 * The champions in Data Dragon's `/cdn/VERSION/data/en_US/champion.json`.
 *
 * Source: Riot's developer portal, "League of Legends", Data Dragon: `data` has an entry a champion, whose `key`
 * is the id that matches have. Throws `UnexpectedAnswerError`.
 */
export function readChampions(body: unknown): Champion[] {
  const parsed = z.object({
    data: z.record(
      z.string(),
      z.object({ key: z.string().regex(/^[1-9]\d{0,8}$/), name: z.string().min(1).max(100) }),
    ),
  }).safeParse(body);
  if (!parsed.success) throw new UnexpectedAnswerError("Data Dragon gave no list of champions");
  return Object.values(parsed.data.data).map(({ key, name }) => ({ id: Number(key), name }));
}

/**
 * The health in Riot's `/lol/status/v4/platform-data`, which carries no patch.
 *
 * Source: Riot's developer portal, lol-status-v4, PlatformDataDto. Throws `UnexpectedAnswerError`.
 */
export function readPlatformStatus(body: unknown): PlatformStatus {
  const parsed = platformSchema().safeParse(body);
  if (!parsed.success) throw new UnexpectedAnswerError("Riot gave no platform status");
  const { id, name, incidents, maintenances } = parsed.data;
  const isHit = incidents.some(({ incident_severity }) => incident_severity !== "info");
  const isMaintained = maintenances.some(({ maintenance_status }) =>
    maintenance_status === "in_progress"
  );
  return {
    platform: id,
    name,
    health: isHit ? "incident" : isMaintained ? "maintenance" : "ok",
    incidents: incidents.length,
    maintenances: maintenances.length,
  };
}

function platformSchema() {
  return z.object({
    id: z.string().regex(/^\w{1,20}$/),
    name: z.string().max(200),
    incidents: z.array(z.object({ incident_severity: z.string().nullish() })),
    maintenances: z.array(z.object({ maintenance_status: z.string().nullish() })),
  });
}
