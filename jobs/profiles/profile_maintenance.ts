import { z } from "zod";
import type { Config } from "../../lib/config.ts";
import type { Tx } from "../../lib/db/sql.ts";
import { defineJob } from "../../lib/job.ts";
import type { Outcome } from "./profile_asker.ts";
import type { ProfileRef } from "./profiles_store.ts";

/** Questions that are under way at the same time. */
const PROFILES_AT_ONCE = 4;

const DAY_MS = 86_400_000;

/**
 * Source of the rule: seed 004, "profile summarization". There it is one user's, who is named in the code;
 * here everybody's of whom something is known, each an item of the run.
 *
 * A profile that has not changed since it was tidied up (or put back by hand) is left alone, so that an
 * hourly run asks a model only where there is news. What may be written is in `check_reply.ts`.
 */
export const profileMaintenance = defineJob({
  id: "profile_maintenance",
  name: "Profile maintenance",
  description:
    "Has a model tidy up what is known of users and bots: duplicates become one, contradictions are resolved, noise goes. What is replaced can be put back.",
  tags: ["profiles"],
  schedule: (config) => ({ intervalMinutes: config.profileMaintenanceIntervalMinutes }),
  params: z.strictObject({
    entity_id: z.string().min(1).max(200).optional()
      .describe("Only this entity; absent: the bot's, or of * everybody's."),
    entity_type: z.enum(["user", "bot"]).default("user").describe("What entity_id is."),
    again: z.boolean().default(false)
      .describe("Also where nothing has changed since the last maintenance."),
    request_timeout_ms: z.int().min(100).max(600_000).default(60_000)
      .describe("Milliseconds that one try of a question may take."),
  }),
  missingSetting,
  enabled: (config) => config.schedulerEnabled,
  startsAtOnce: true,
  async run(ctx) {
    const { ProfileAsker } = await import("./profile_asker.ts");
    const { DryReport, reportOf } = await import("./maintenance_report.ts");
    const { dueProfiles } = await import("./due_profiles_source.ts");
    const { forgetOldMaintenances, holdProfile, writeFailure, writeMaintenance } = await import(
      "./maintenance_store.ts"
    );
    const { entity_id, entity_type, again } = ctx.params;
    const entity = entity_id === undefined ? null : { type: entity_type, id: entity_id };
    const asker = new ProfileAsker(ctx);
    const dryReport = new DryReport();

    async function noteFailure(outcome: Outcome): Promise<void> {
      const { asked, error, wasAsked } = outcome;
      dryReport.add(outcome);
      if (wasAsked) await ctx.transaction((tx) => writeFailure(tx, asked, error!));
    }

    async function apply(outcomes: Outcome[], tx: Tx): Promise<void> {
      const failed = outcomes.find(({ error }) => error !== null);
      if (failed) throw new Error(failed.error!);
      for (const { profile, asked, fingerprint, replacement } of outcomes) {
        if (await holdProfile(tx, asked.profileId) !== fingerprint) {
          asker.forget(profile);
          throw new ChangedMeanwhileError();
        }
        await writeMaintenance(tx, asked, replacement!);
      }
      for (const outcome of outcomes) dryReport.add(outcome);
    }

    const totals = await ctx.forEach<ProfileRef, Outcome[]>(
      dueProfiles(ctx.sql, { botId: ctx.botId, entity, again }),
      (_profiles, tx, outcomes) => apply(outcomes, tx),
      {
        batchSize: PROFILES_AT_ONCE,
        prepare: (profiles) => asker.ask(profiles, noteFailure),
      },
    );

    const keepSince = new Date(ctx.asOf.getTime() - ctx.config.dataRetentionDays * DAY_MS);
    await ctx.transaction((tx) => forgetOldMaintenances(tx, keepSince));

    const report = ctx.dryRun ? dryReport.toJson() : await reportOf(ctx.sql, ctx.runId);
    ctx.log.info(
      `Profiles tidied up: ${totals.done}, ${report.attributes_before} attributes became ${report.attributes_after}`,
      { errors: totals.failed, prompt_tokens: report.prompt_tokens },
    );
    return {
      entities: totals.total,
      entities_failed: totals.failed,
      model: ctx.config.profileMaintenanceModel,
      ...report,
    };
  },
});

/** What was asked about is not there any more; to `forEach` a conflict, after which it asks again. */
class ChangedMeanwhileError extends Error {
  readonly code = "40001";

  constructor() {
    super("The profile was changed while the model was asked about it");
  }
}

/** The variables without which no model can be asked. */
function missingSetting({ llmBaseUrl, profileMaintenanceModel }: Config): string[] {
  return [
    ...llmBaseUrl === null ? ["LLM_BASE_URL"] : [],
    ...profileMaintenanceModel === null ? ["PROFILE_MAINTENANCE_MODEL"] : [],
  ];
}
