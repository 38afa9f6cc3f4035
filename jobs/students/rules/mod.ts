import { catchUp } from "./catch_up.ts";
import { moveAhead } from "./move_ahead.ts";
import { reEngage } from "./re_engage.ts";
import { reviewTopic } from "./review_topic.ts";
import type { Recommendation, Rule, StudentFigures } from "./rule.ts";

/** Every rule; each decides for itself, and a student gets what all of them advise. */
const RULES: readonly Rule[] = [reEngage, catchUp, reviewTopic, moveAhead];

/** The recommendations for a student; none for one who is not active. */
export function recommend(figures: StudentFigures): Recommendation[] {
  return figures.isActive ? RULES.flatMap((rule) => rule(figures)) : [];
}
