/** A school of the sample; its students' days are those of its zone. */
export interface SampleSchool {
  schoolId: string;
  name: string;
  timeZone: string;
}

export const SCHOOLS: readonly SampleSchool[] = [
  { schoolId: "duna", name: "Duna Gimnázium", timeZone: "Europe/Budapest" },
  { schoolId: "hudson", name: "Hudson High School", timeZone: "America/New_York" },
  { schoolId: "sumida", name: "Sumida Junior High School", timeZone: "Asia/Tokyo" },
  { schoolId: "mersey", name: "Mersey Academy", timeZone: "Europe/London" },
];

/** Where those live who do not go to their school in person. */
export const REMOTE_TIME_ZONES: readonly string[] = [
  "America/Sao_Paulo",
  "Asia/Kathmandu",
  "Atlantic/Azores",
];

/** A course of the sample: its topics follow each other, {@link LESSONS_PER_TOPIC} lessons each. */
export interface SampleCourse {
  courseId: string;
  title: string;
  topics: readonly string[];
}

export const COURSES: readonly SampleCourse[] = [
  {
    courseId: "maths",
    title: "Mathematics",
    topics: ["fractions", "equations", "functions", "triangles", "probability", "sequences"],
  },
  {
    courseId: "biology",
    title: "Biology",
    topics: ["cells", "genetics", "evolution", "plants", "ecosystems", "the human body"],
  },
  {
    courseId: "history",
    title: "History",
    topics: [
      "Antiquity",
      "feudalism",
      "the Renaissance",
      "revolutions",
      "industry",
      "the Cold War",
    ],
  },
  {
    courseId: "english",
    title: "English",
    topics: ["tenses", "articles", "prepositions", "reported speech", "conditionals", "essays"],
  },
];

/** Two weeks of five lessons. */
const LESSONS_PER_TOPIC = 10;
const LESSONS_PER_WEEK = 5;

/** A lesson as the table has it. */
export interface SampleLesson {
  lessonId: string;
  courseId: string;
  position: number;
  title: string;
  topic: string;
  plannedDay: number;
}

/** The lessons of a course in order, planned for five days of each week from the first on. */
export function lessonsOf({ courseId, topics }: SampleCourse): SampleLesson[] {
  return topics.flatMap((topic, place) =>
    Array.from({ length: LESSONS_PER_TOPIC }, (_, part): SampleLesson => {
      const index = place * LESSONS_PER_TOPIC + part;
      return {
        lessonId: `${courseId}-${String(index + 1).padStart(2, "0")}`,
        courseId,
        position: index + 1,
        title: `${topic[0].toUpperCase()}${topic.slice(1)}, part ${part + 1}`,
        topic,
        plannedDay: Math.floor(index / LESSONS_PER_WEEK) * 7 + index % LESSONS_PER_WEEK + 1,
      };
    })
  );
}
