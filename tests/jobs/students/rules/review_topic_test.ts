import { assertEquals } from "@std/assert";
import { reviewTopic } from "../../../../jobs/students/rules/review_topic.ts";
import type { TopicFigures } from "../../../../jobs/students/rules/rule.ts";
import { studentFigures } from "../../../support/students_figures.ts";

const topic = (name: string, average: number, quizzes = 3): TopicFigures => ({
  topic: name,
  quizzes,
  average,
  lessons: [`${name}-1`],
});

function advised(...topics: TopicFigures[]): string[] {
  return reviewTopic(studentFigures({ topics })).map(({ subject }) => subject);
}

Deno.test("a topic under 80 % over two quizzes or more is to be reviewed", () => {
  assertEquals(advised(topic("algebra", 79.9)), ["algebra"]);
  assertEquals(advised(topic("algebra", 80)), []);
  assertEquals(advised(topic("algebra", 50, 2)), ["algebra"]);
  assertEquals(advised(topic("algebra", 0, 1)), []);
  assertEquals(advised(), []);
});

Deno.test("the two weakest topics are enough, the weakest first, by name where they are equal", () => {
  assertEquals(
    advised(topic("verbs", 60), topic("roots", 75), topic("cells", 60), topic("maps", 99)),
    ["cells", "verbs"],
  );
});

Deno.test("a review says what the quizzes averaged, and names lessons of the topic", () => {
  assertEquals(reviewTopic(studentFigures({ topics: [topic("algebra", 61.7)] })), [{
    recommendation_type: "review_topic",
    subject: "algebra",
    title: "Review algebra",
    reason: "The last 3 quizzes on algebra averaged 61.7 %, and a topic is mastered from 80 %.",
    evidence: {
      topic: "algebra",
      quizzes: 3,
      average: 61.7,
      mastered_from: 80,
      lessons: ["algebra-1"],
    },
  }]);
});
