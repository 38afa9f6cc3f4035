import type { JobContext } from "../../lib/job.ts";
import { nameOf } from "./due_profiles_source.ts";
import { LlmClient } from "./llm_client.ts";
import type { Asked, MaintenanceResult, Replacement } from "./maintenance_store.ts";
import { type ProfileRef, readProfileState } from "./profiles_store.ts";
import { type CategoryDiff, diffOf, planReplacement } from "./replacement.ts";
import { tidyProfile } from "./tidy_profile.ts";
import { withhold } from "./withhold.ts";

/** What one question holds; of a profile with more, the rest is asked about as the newest become fewer. */
const MAX_ASKED = 300;

/** After so many entities in a row that the server failed, nobody else is asked for in the run. */
const MAX_FAILURES_IN_A_ROW = 3;

/** What is to become of one profile. */
export interface Outcome {
  profile: ProfileRef;
  asked: Asked;
  /** The profile's state that was asked about; where it has changed since, nothing is to be written. */
  fingerprint: string | null;
  replacement: Replacement | null;
  diff: CategoryDiff[];
  error: string | null;
  /** False: the server had failed too often before. */
  wasAsked: boolean;
}

/** Asks about profiles, each once in a run unless it changes. */
export class ProfileAsker {
  private readonly client: LlmClient;
  private readonly model: string;
  private readonly outcomes = new Map<string, Outcome>();
  private failuresInARow = 0;

  constructor(private readonly ctx: JobContext<{ request_timeout_ms: number }>) {
    const { config, fetch, signal, params } = ctx;
    this.model = config.profileMaintenanceModel!;
    this.client = new LlmClient(fetch, {
      baseUrl: config.llmBaseUrl!,
      apiKey: config.llmApiKey,
      model: this.model,
      timeoutMs: params.request_timeout_ms,
      signal,
    });
  }

  /**
   * Asks about all of these at once; what was asked about before in this batch is not asked again.
   *
   * `onFailure` is told of each new outcome that has an error, one after the other.
   */
  async ask(
    profiles: readonly ProfileRef[],
    onFailure: (outcome: Outcome) => Promise<void>,
  ): Promise<Outcome[]> {
    const unknown = profiles.filter((profile) => !this.outcomes.has(nameOf(profile)));
    if (unknown.length === profiles.length) this.outcomes.clear();
    const isGivenUp = this.failuresInARow >= MAX_FAILURES_IN_A_ROW;
    const asked = await Promise.all(unknown.map((profile) => this.askOne(profile, isGivenUp)));
    for (const [place, outcome] of asked.entries()) {
      this.outcomes.set(nameOf(unknown[place]), outcome);
      if (outcome.error !== null) await onFailure(outcome);
    }
    return profiles.map((profile) => this.outcomes.get(nameOf(profile))!);
  }

  /** The next time this profile is asked about anew. */
  forget(profile: ProfileRef): void {
    this.outcomes.delete(nameOf(profile));
  }

  private async askOne(profile: ProfileRef, isGivenUp: boolean): Promise<Outcome> {
    const { total, fingerprint, attributes } = await readProfileState(
      this.ctx.sql,
      profile.id,
      MAX_ASKED,
    );
    const { shown, withheld } = withhold(attributes);
    const asked = {
      profileId: profile.id,
      runId: this.ctx.runId,
      model: this.model,
      attributesBefore: total,
      withheld,
      promptTokens: 0,
      completionTokens: 0,
    };
    const outcome = {
      profile,
      asked,
      fingerprint,
      replacement: null,
      diff: [],
      error: null,
      wasAsked: true,
    };
    if (shown.length === 0) {
      return { ...outcome, replacement: { categories: [], replaced: [], written: [] } };
    }
    if (isGivenUp) {
      const error =
        `The model's server failed for ${MAX_FAILURES_IN_A_ROW} entities in a row: it was not asked again`;
      return { ...outcome, error, wasAsked: false };
    }
    this.ctx.log.info(`Asking ${this.model} about ${nameOf(profile)}`, {
      attributes: shown.length,
      withheld,
    });
    const { profile: tidy, error, isUnavailable, promptTokens, completionTokens } =
      await tidyProfile(this.client, shown);
    this.failuresInARow = isUnavailable ? this.failuresInARow + 1 : 0;
    const askedAndPaid = { ...asked, promptTokens, completionTokens };
    if (tidy === null) return { ...outcome, asked: askedAndPaid, error };
    const replacement = planReplacement(shown, tidy);
    const replaced = shown.filter(({ id }) => replacement.replaced.includes(id));
    const diff = diffOf(replacement.categories, replaced, replacement.written);
    return { ...outcome, asked: askedAndPaid, replacement, diff };
  }
}

/** An outcome with the fields of seed 004's result. */
export function toResult({ profile, asked, replacement, error }: Outcome): MaintenanceResult {
  const { attributesBefore } = asked;
  const change = replacement ? replacement.written.length - replacement.replaced.length : 0;
  return {
    entity_type: profile.entity_type,
    entity_id: profile.entity_id,
    attributes_before: attributesBefore,
    attributes_after: attributesBefore + change,
    categories_updated: replacement?.categories ?? [],
    error,
  };
}
