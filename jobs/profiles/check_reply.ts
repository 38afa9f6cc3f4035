import type { Attribute, TidyProfile } from "./attribute.ts";
import { BadReplyError } from "./read_reply.ts";
import { areAlike, contentWords, countKnown, isAgainst } from "./words.ts";

/** An attribute with the words of its key and its value. */
interface Statement {
  category: string;
  key: string[];
  value: string[];
  isAgainst: boolean;
}

/** The share of a value's words that a rewording may add. */
const ADDED_WORDS = 1 / 3;

/** The share of a source's words that a value made from it must still hold. */
const KEPT_WORDS = 1 / 3;

/** From this share of common words on, two attributes of a category say one thing. */
const SAME_THING = 1 / 2;

/** Seed 004 keeps facts; a reply that drops a larger share of them changes nothing. */
const MAX_DROPPED = 1 / 2;

/**
 * Refuses a reply that says what the profile does not say, or leaves out too much of it.
 *
 * So whatever a text among the attributes made the model write, it can only choose among the statements
 * of each category, reword them and leave some out. Throws `BadReplyError`.
 */
export function checkReply(shown: readonly Attribute[], reply: TidyProfile): void {
  const known = shown.map(toStatement);
  const written = Object.entries(reply).flatMap(([category, values]) =>
    Object.entries(values!).map(([key, value]) => toStatement({ category, key, value }))
  );
  for (const statement of written) {
    if (!isGrounded(statement, known.filter(({ category }) => category === statement.category))) {
      throw new BadReplyError(
        `${statement.category}: a value says what no attribute of the category says`,
      );
    }
  }
  const facts = distinctFacts(known);
  const dropped = facts.filter((fact) => !fact.some((one) => written.some((w) => saysOf(w, one))));
  if (dropped.length > facts.length * MAX_DROPPED) {
    throw new BadReplyError(`${dropped.length} of ${facts.length} facts would be dropped`);
  }
}

function toStatement(
  { category, key, value }: { category: string; key: string; value: string },
): Statement {
  return {
    category,
    key: contentWords(key),
    value: contentWords(value),
    isAgainst: isAgainst(value),
  };
}

/** Its words stand in the category, each number does, and it is made of one attribute at least. */
function isGrounded(statement: Statement, sources: Statement[]): boolean {
  const allWords = sources.flatMap(({ key, value }) => [...key, ...value]);
  const { value } = statement;
  const unknown = value.filter((word) => countKnown([word], allWords) === 0);
  if (unknown.length > Math.floor(value.length * ADDED_WORDS)) return false;
  if (unknown.some((word) => /\p{N}/u.test(word))) return false;
  return sources.some((source) =>
    source.isAgainst === statement.isAgainst &&
    countKnown(source.value, value) >= source.value.length * KEPT_WORDS
  );
}

/** Attributes that say one thing, together: those that are like the first of their group. */
function distinctFacts(known: Statement[]): Statement[][] {
  const facts: Statement[][] = [];
  for (const statement of known) {
    const fact = facts.find(([first]) =>
      first.category === statement.category && isOneThing(first, statement)
    );
    if (fact) fact.push(statement);
    else facts.push([statement]);
  }
  return facts;
}

function isOneThing(a: Statement, b: Statement): boolean {
  if (a.key.join(" ") === b.key.join(" ")) return true;
  const common = countKnown(a.value, b.value);
  return common / (a.value.length + b.value.length - common) >= SAME_THING;
}

/** Whether what was written is about an attribute: under its key, or in its words. */
function saysOf(written: Statement, known: Statement): boolean {
  if (written.category !== known.category) return false;
  const sameKey = known.key.every((word) => written.key.some((other) => areAlike(word, other)));
  return sameKey || countKnown(known.value, written.value) >= known.value.length * SAME_THING;
}
