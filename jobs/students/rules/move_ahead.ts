import { IDLE_DAYS } from "./re_engage.ts";
import { weakTopics } from "./review_topic.ts";
import type { Rule, TopicFigures } from "./rule.ts";

/** Completed lessons, as a share of those due, from which a student is ahead. */
const AHEAD_FROM = 1.1;

/** Mean of the topics' averages, in percent, from which the pace is not bought with understanding. */
const SOUND_FROM = 90;

/**
 * Move ahead: 10 % ahead of the plan, 90 % in quizzes and no weak topic, with lessons left and not idle.
 *
 * After mastery learning (Bloom 1968; Guskey 2007): who has mastered a unit goes on instead of waiting
 * for the rest. The numbers are this project's choice.
 */
export const moveAhead: Rule = ({ plan, topics, idleDays }) => {
  if (!plan || plan.due === 0 || plan.completed >= plan.lessons || idleDays >= IDLE_DAYS) return [];
  const { due, completed, next } = plan;
  if (completed / due < AHEAD_FROM || topics.length === 0) return [];
  const average = averageOf(topics);
  if (average < SOUND_FROM || weakTopics(topics).length > 0) return [];
  return [{
    recommendation_type: "move_ahead",
    subject: "",
    title: next[0] ? `Go on to ${next[0].title}` : "Go on with your plan",
    reason:
      `${completed} lessons are done where ${due} were planned so far, and quizzes average ${average} %.`,
    evidence: {
      lessons_due: due,
      lessons_completed: completed,
      ahead_from: AHEAD_FROM,
      quiz_average: average,
      quiz_average_from: SOUND_FROM,
      next_lessons: next.map((lesson) => ({ ...lesson })),
    },
  }];
};

/** To one decimal; each topic weighs the same. */
function averageOf(topics: TopicFigures[]): number {
  const sum = topics.reduce((total, { average }) => total + average, 0);
  return Math.round(sum / topics.length * 10) / 10;
}
