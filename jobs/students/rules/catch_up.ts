import type { Rule } from "./rule.ts";

/** Share of the planned lessons below which a student is behind. */
const BEHIND_BELOW = 0.8;

/** At the beginning of a plan one lesson is a large share. */
const MIN_LESSONS_BEHIND = 2;

/**
 * Catch up: less than 80 % of the lessons due by yesterday are completed, and two or more are missing.
 *
 * The measure is `pace_score` (see daily_snapshot_store.ts); the two thresholds are this project's choice.
 */
export const catchUp: Rule = ({ plan }) => {
  if (!plan || plan.due === 0) return [];
  const { due, completed, next } = plan;
  const behind = due - completed;
  if (completed / due >= BEHIND_BELOW || behind < MIN_LESSONS_BEHIND) return [];
  return [{
    recommendation_type: "catch_up",
    subject: "",
    title: "Catch up with your plan",
    reason: `${completed} of the ${due} lessons planned so far are done: ${behind} are missing.`,
    evidence: {
      lessons_due: due,
      lessons_completed: completed,
      lessons_behind: behind,
      behind_below: BEHIND_BELOW,
      next_lessons: next.map((lesson) => ({ ...lesson })),
    },
  }];
};
