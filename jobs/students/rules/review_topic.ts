import type { Rule, TopicFigures } from "./rule.ts";

/** In percent: who is below it has not mastered the topic. */
export const MASTERED_FROM = 80;

/** A single quiz is chance. */
const MIN_QUIZZES = 2;

/** More would be a list of failures, not advice. */
const MAX_TOPICS = 2;

/**
 * Review a weak quiz topic: the two weakest whose newest scores average below 80 %.
 *
 * After mastery learning (Bloom 1968, "Learning for mastery"; Guskey 2007): what a quiz shows not to be
 * mastered is gone through again before the next unit. The numbers are this project's choice.
 */
export const reviewTopic: Rule = ({ topics }) =>
  weakTopics(topics).slice(0, MAX_TOPICS).map(({ topic, quizzes, average, lessons }) => ({
    recommendation_type: "review_topic",
    subject: topic,
    title: `Review ${topic}`,
    reason:
      `The last ${quizzes} quizzes on ${topic} averaged ${average} %, and a topic is mastered from ${MASTERED_FROM} %.`,
    evidence: { topic, quizzes, average, mastered_from: MASTERED_FROM, lessons },
  }));

/** The topics that are not mastered, the weakest first. */
export function weakTopics(topics: TopicFigures[]): TopicFigures[] {
  return topics
    .filter(({ quizzes, average }) => quizzes >= MIN_QUIZZES && average < MASTERED_FROM)
    .sort((a, b) => a.average - b.average || (a.topic < b.topic ? -1 : 1));
}
