import type { Rule } from "./rule.ts";

/** Days without a sitting or a quiz after which a student counts as gone quiet. */
export const IDLE_DAYS = 7;

/**
 * Re-engage: nothing for 7 days, or nothing at all 7 days after joining, and the plan is not finished.
 *
 * Source: seed 002, weekly recommendations "catch students who became inactive"; a week is the time
 * between two of them.
 */
export const reEngage: Rule = ({ idleDays, lastActiveAt, joinedAt, plan }) => {
  const isFinished = plan !== null && plan.completed >= plan.lessons;
  if (idleDays < IDLE_DAYS || isFinished) return [];
  return [{
    recommendation_type: "re_engage",
    subject: "",
    title: lastActiveAt ? "Pick up where you left off" : "Begin with your first lesson",
    reason: lastActiveAt
      ? `The last lesson or quiz was ${idleDays} days ago.`
      : `There has been no lesson or quiz in the ${idleDays} days since joining.`,
    evidence: {
      idle_days: idleDays,
      idle_from_days: IDLE_DAYS,
      last_active_at: lastActiveAt?.toISOString() ?? null,
      joined_at: joinedAt.toISOString(),
      next_lesson: plan?.next[0] ? { ...plan.next[0] } : null,
    },
  }];
};
