import type { Sql, Tx } from "../../../lib/db/sql.ts";
import type { SampleLoader } from "../../sample_loader.ts";
import { insertCurriculum, insertStudents, insertWork } from "./sample_store.ts";
import { generateStudents, type SampleStudent } from "./students_sample.ts";

/** The seed of every sample. */
const SAMPLE_SEED = 1;

/** Bounds what one statement carries: some 4,000 sittings. */
const STUDENTS_PER_BATCH = 75;

const DAY_MS = 86_400_000;

/** What to load: whole weeks that end with the UTC day before `until`. */
export interface StudentsSampleRequest {
  students: number;
  weeks: number;
  until: Date;
  /** Told after each batch, in students. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Fills in schools, courses and students with what they did, each batch in one transaction.
 *
 * Who is known already stays as found: loading again adds what is missing and nothing twice.
 */
export async function loadStudentsSample(
  sql: Sql,
  { students, weeks, until, onProgress = () => {} }: StudentsSampleRequest,
): Promise<{ studentsAdded: number; sittingsAdded: number }> {
  const today = new Date(Math.floor(until.getTime() / DAY_MS) * DAY_MS);
  const loaded = { studentsAdded: 0, sittingsAdded: 0 };
  let done = 0;
  await insertCurriculum(sql);
  for (const batch of toBatches(generateStudents({ students, weeks, seed: SAMPLE_SEED, until }))) {
    const added = await sql.begin((tx) => insertUnknown(tx, batch, today));
    loaded.studentsAdded += added.students;
    loaded.sittingsAdded += added.sittings;
    done += batch.length;
    onProgress(done, students);
  }
  return loaded;
}

async function insertUnknown(
  tx: Tx,
  batch: SampleStudent[],
  before: Date,
): Promise<{ students: number; sittings: number }> {
  const added = new Set(await insertStudents(tx, batch));
  const unknown = batch.filter(({ userId }) => added.has(userId));
  const sittings = unknown.length > 0 ? await insertWork(tx, unknown, before) : 0;
  return { students: unknown.length, sittings };
}

function* toBatches(students: Iterable<SampleStudent>): Generator<SampleStudent[]> {
  let batch: SampleStudent[] = [];
  for (const student of students) {
    batch.push(student);
    if (batch.length < STUDENTS_PER_BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The part of `deno task sample`. */
export const sample: SampleLoader = async (sql, { users, weeks, until, onProgress }) => {
  const { studentsAdded, sittingsAdded } = await loadStudentsSample(sql, {
    students: users,
    weeks,
    until,
    onProgress: (done, total) => onProgress({ what: "students", done, total }),
  });
  return { students_added: studentsAdded, lesson_progress_added: sittingsAdded };
};
