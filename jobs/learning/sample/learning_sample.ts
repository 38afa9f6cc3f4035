import type { LoggedError } from "../error_logs_store.ts";
import type { Misspelling, MisspellingDeck } from "./misspellings.ts";
import { createRandom, type Random } from "./random.ts";
import { chooseHabit, createWriter, hasGivenUp, type Writer } from "./writer.ts";

/** What decides a sample: the same values give the same sample. */
export interface SampleOptions {
  /** Number of users; `test_user` is the first. */
  users: number;
  weeks: number;
  seed: number;
  /** The sample ends where the UTC day of this instant begins. */
  until: Date;
  deck: MisspellingDeck;
}

/** One user of a sample, with everything that was flagged, in order. */
export interface SampleUser {
  userId: string;
  /** When the user's first session began. */
  createdAt: Date;
  errors: LoggedError[];
}

/**
 * Makes up users and their flagged words, one user at a time, so that memory does not grow with
 * their number; a user's part does not depend on how many others there are.
 *
 * Throws a RangeError when users or weeks are not whole numbers of at least 1.
 */
export function* generateLearningSample(options: SampleOptions): Generator<SampleUser> {
  const { users, weeks, seed, deck } = options;
  for (const [name, value] of [["users", users], ["weeks", weeks]] as const) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(
        `Cannot generate a sample as ${name} must be a whole number from 1: current value is ${value}`,
      );
    }
  }
  const days = weeks * 7;
  const end = Math.floor(options.until.getTime() / DAY_MS) * DAY_MS;
  for (let place = 0; place < users; place++) {
    const random = createRandom(seed, place);
    const writer = createWriter(place, days, deck, random);
    yield write(writer, end - days * DAY_MS, days, deck, random);
  }
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

function write(
  writer: Writer,
  start: number,
  days: number,
  deck: MisspellingDeck,
  random: Random,
): SampleUser {
  const made: Made[] = [];
  const errors: LoggedError[] = [];
  let sessions = 0;
  for (let day = 0; day < days; day++) {
    // Weekends are quieter; the two factors leave the week's sum as it is.
    const weekday = new Date(start + day * DAY_MS).getUTCDay();
    const busy = weekday === 0 || weekday === 6 ? 0.5 : 1.2;
    if (!random.chance(Math.min(1, writer.sessionsPerWeek / 7 * busy))) continue;
    let at = start + day * DAY_MS + random.between(7 * 60, 21 * 60) * MINUTE_MS;
    const sessionId = `${writer.userId}-s${++sessions}`;
    const flagged = random.between(writer.errorsPerSession - 2, writer.errorsPerSession + 2);
    for (let i = 0; i < flagged; i++) {
      at += random.between(2_000, 4 * MINUTE_MS);
      const { word, correction } = flag(writer, day, made, deck, random);
      errors.push({
        userId: writer.userId,
        sessionId,
        word,
        correction,
        occurredAt: new Date(at),
      });
    }
  }
  return {
    userId: writer.userId,
    createdAt: errors[0]?.occurredAt ?? new Date(start),
    errors,
  };
}

/** A misspelling of the writer's, with the habit that it came from. */
interface Made extends Misspelling {
  habit: number;
}

/** Share of flagged words that are a writer's own words, if the writer has any. */
const OWN_WORD_SHARE = 0.1;

function flag(
  writer: Writer,
  day: number,
  made: Made[],
  deck: MisspellingDeck,
  random: Random,
): { word: string; correction: string | null } {
  if (writer.ownWords.length > 0 && random.chance(OWN_WORD_SHARE)) {
    return { word: retype(random.pick(writer.ownWords), random), correction: null };
  }
  const error = makeError(writer, day, made, deck, random);
  const capital = random.chance(0.08);
  return {
    word: capital ? capitalise(error.misspelling) : error.misspelling,
    correction: random.chance(writer.carelessness)
      ? null
      : capital
      ? capitalise(error.correction)
      : error.correction,
  };
}

function makeError(
  writer: Writer,
  day: number,
  made: Made[],
  deck: MisspellingDeck,
  random: Random,
): Made {
  if (made.length > 0 && random.chance(writer.repeats)) {
    const again = random.pick(made);
    if (!hasGivenUp(writer, again.habit, day)) return again;
  }
  const habit = chooseHabit(writer, day, random);
  const error = { ...deck.draw(habit, random), habit };
  made.push(error);
  return error;
}

/** The same word as another keyboard or hand would give it: decomposed letters, another case. */
function retype(word: string, random: Random): string {
  const typed = random.chance(0.3) ? word.normalize("NFD") : word;
  return random.chance(0.2) ? typed.toLowerCase() : typed;
}

function capitalise(word: string): string {
  return word[0].toUpperCase() + word.slice(1);
}
