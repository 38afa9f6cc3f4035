import { createRandom, type Random } from "../../learning/sample/random.ts";
import { COURSES, lessonsOf, REMOTE_TIME_ZONES, type SampleLesson, SCHOOLS } from "./curriculum.ts";

/** What decides a sample: the same values give the same sample. */
export interface StudentsSampleOptions {
  students: number;
  weeks: number;
  seed: number;
  /** The sample's last day is the UTC day before this instant's. */
  until: Date;
}

/** One student of a sample; times are local, `YYYY-MM-DDTHH:MM:SS` on the clock of `clockZone`. */
export interface SampleStudent {
  userId: string;
  schoolId: string;
  /** The student's own zone; null: the school's. */
  timeZone: string | null;
  clockZone: string;
  isActive: boolean;
  joinedAt: string;
  enrollments: { courseId: string; startsOn: string }[];
  sittings: { lessonId: string; endedAt: string; minutes: number; completed: boolean }[];
  quizzes: { topic: string; takenAt: string; score: number }[];
}

/**
 * Makes up students one at a time, so that memory does not grow with their number; a student's part
 * does not depend on how many others there are.
 *
 * Throws a RangeError when students or weeks are not whole numbers of at least 1.
 */
export function* generateStudents(options: StudentsSampleOptions): Generator<SampleStudent> {
  const { students, weeks, seed, until } = options;
  for (const [name, value] of [["students", students], ["weeks", weeks]] as const) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(
        `Cannot generate a sample as ${name} must be a whole number from 1: current value is ${value}`,
      );
    }
  }
  const days = weeks * 7;
  const firstDayMs = Math.floor(until.getTime() / DAY_MS - days) * DAY_MS;
  for (let place = 0; place < students; place++) {
    yield makeUp(place, days, firstDayMs, createRandom(seed, place));
  }
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** How a student learns. */
interface Habits {
  /** Lessons done for each lesson planned. */
  pace: number;
  /** Mean score in percent, before what a topic adds or takes away. */
  skill: number;
  /** Days at the end of the sample on which nothing happens any more. */
  silentDays: number;
}

function makeUp(place: number, days: number, firstDayMs: number, random: Random): SampleStudent {
  const school = random.pick(SCHOOLS);
  const timeZone = random.chance(1 / 12) ? random.pick(REMOTE_TIME_ZONES) : null;
  const habits = chooseHabits(place, days, random);
  const student: SampleStudent = {
    userId: `student_${String(place + 1).padStart(5, "0")}`,
    schoolId: school.schoolId,
    timeZone,
    clockZone: timeZone ?? school.timeZone,
    isActive: place === 0 || !random.chance(1 / 25),
    joinedAt: localTime(firstDayMs),
    enrollments: [],
    sittings: [],
    quizzes: [],
  };
  const courses = [...COURSES];
  for (let taken = random.between(1, 2); taken > 0; taken--) {
    const course = courses.splice(random.between(0, courses.length - 1), 1)[0];
    const startsAfter = days > 14 && random.chance(0.3) ? 7 : 0;
    const startMs = firstDayMs + startsAfter * DAY_MS;
    student.enrollments.push({
      courseId: course.courseId,
      startsOn: localTime(startMs).slice(0, 10),
    });
    learn(student, habits, lessonsOf(course), startMs, days - startsAfter, random);
  }
  return student;
}

/** Most keep to the plan; of ten, two fall behind, one hurries ahead and one falls silent. */
function chooseHabits(place: number, days: number, random: Random): Habits {
  const kind = random.next();
  const skill = 80 + 16 * random.next();
  const pace = 0.93 + 0.2 * random.next();
  if (place === 0) return { pace: 1, skill: 85, silentDays: 0 };
  if (kind < 0.04) return { pace, skill, silentDays: days };
  if (kind < 0.1) return { pace, skill, silentDays: random.between(8, 25) };
  if (kind < 0.3) return { pace: 0.45 + 0.25 * random.next(), skill: skill - 8, silentDays: 0 };
  if (kind < 0.4) return { pace: 1.25 + 0.2 * random.next(), skill: 97, silentDays: 0 };
  return { pace, skill, silentDays: 0 };
}

/** Goes through a course day by day, five plan days and two free ones a week. */
function learn(
  student: SampleStudent,
  { pace, skill, silentDays }: Habits,
  lessons: SampleLesson[],
  startMs: number,
  days: number,
  random: Random,
): void {
  const talents = new Map(lessons.map(({ topic }) => [topic, random.between(-16, 6)]));
  let owed = 0;
  let next = 0;
  for (let day = 0; day < days - silentDays; day++) {
    owed += pace * (day % 7 < 5 ? 0.9 : 0.25);
    if (!random.chance(0.85)) continue;
    let atMs = startMs + day * DAY_MS + random.between(14 * 60, 18 * 60) * MINUTE_MS;
    while (owed >= 0.5 && next < lessons.length) {
      const lesson = lessons[next];
      const minutes = random.between(12, 45);
      const completed = !random.chance(0.12);
      owed -= completed ? 1 : 0.3;
      atMs += (minutes + random.between(0, 10)) * MINUTE_MS;
      student.sittings.push({
        lessonId: lesson.lessonId,
        endedAt: localTime(atMs),
        minutes,
        completed,
      });
      if (!completed) continue;
      next++;
      if (next % 3 !== 0) continue;
      atMs += random.between(3, 8) * MINUTE_MS;
      const wished = skill + talents.get(lesson.topic)! + random.between(-8, 8);
      student.quizzes.push({
        topic: lesson.topic,
        takenAt: localTime(atMs),
        score: Math.round(Math.min(100, Math.max(0, wished)) * 2) / 2,
      });
    }
  }
}

/** The text of an instant whose UTC fields stand for a local clock's. */
function localTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}
