import type { Attribute } from "./attribute.ts";

/** A concise statement is shorter; what is longer is a text, and texts can say anything. */
const MAX_STATEMENT_LENGTH = 300;

/**
 * What speaks to whoever reads it instead of saying something of somebody: orders to forget or to say, the
 * machinery of prompts, markup, and braces as in the reply that is asked for.
 */
const ADDRESSES_THE_READER = new RegExp(
  [
    String.raw`\b(ignore|disregard|forget|override|overwrite|bypass|pretend)\b`,
    String.raw`\b(system|developer) (prompt|message)\b|\bprompts?\b|\binstructions?\b|\bjailbreak`,
    String.raw`\b(assistant|system|user|developer)\s*:`,
    String
      .raw`\b(output|reply|respond|answer|return|print|write|set|delete|remove|drop|replace) (only|with|all|every|everything|the following|json|this)\b`,
    String.raw`\byou (are|must|should|will) (now|not|always|only)\b|\bas an ai\b`,
    String.raw`<\/?[a-z|]|[{}]|\x60{3}|\n`,
  ].join("|"),
  "i",
);

/**
 * Parts a profile: what a model is shown, and what it is not as it does not read like a statement about
 * somebody. What is withheld stays in the profile as it is.
 *
 * This keeps the plain attempts away and is no proof: what is phrased in another way is caught by what a
 * reply may write at all (`check_reply.ts`).
 */
export function withhold(
  attributes: readonly Attribute[],
): { shown: Attribute[]; withheld: number } {
  const shown = attributes.filter(({ key, value }) =>
    value.length <= MAX_STATEMENT_LENGTH && !ADDRESSES_THE_READER.test(`${key} is ${value}`)
  );
  return { shown, withheld: attributes.length - shown.length };
}
