import type { Json } from "../../../lib/db/sql.ts";

/** What is known of a student when recommendations are made; days are those of the student's own clock. */
export interface StudentFigures {
  userId: string;
  isActive: boolean;
  /** The last sitting or quiz; null: there was none yet. */
  lastActiveAt: Date | null;
  joinedAt: Date;
  /** Whole times 24 hours since the last activity, or since joining where there was none. */
  idleDays: number;
  /** All of the student's plans together; null: there is none. */
  plan: PlanFigures | null;
  /** Topics in which a quiz was taken. */
  topics: TopicFigures[];
}

export interface PlanFigures {
  /** Lessons in all, those due by the end of the student's yesterday, and those that are completed. */
  lessons: number;
  due: number;
  completed: number;
  /** The first few that are not completed, by when they are due. */
  next: NextLesson[];
}

export interface NextLesson {
  lesson_id: string;
  title: string;
  /** `YYYY-MM-DD`. */
  due_on: string;
}

export interface TopicFigures {
  topic: string;
  /** How many of the newest scores, three at most, and their mean in percent. */
  quizzes: number;
  average: number;
  /** Ids of lessons of the topic that the student has completed, a few of them. */
  lessons: string[];
}

/** What is advised, and what speaks for it. */
export interface Recommendation {
  recommendation_type: string;
  /** What it is about, where a student may get several of a type; else empty. */
  subject: string;
  title: string;
  /** In words, for the student. */
  reason: string;
  /** The figures behind the reason, and the thresholds that they were held against. */
  evidence: { [name: string]: Json };
}

/** Looks at one student and advises nothing, one thing or several. */
export type Rule = (figures: StudentFigures) => Recommendation[];
