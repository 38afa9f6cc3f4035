/** A model made of rules, for tests and for trying things out: it tidies profiles as profile_maintenance asks. */

/** An attribute as the question's data has it. */
interface AskedAttribute {
  category: string;
  key: string;
  value: string;
  updated_at: string;
}

/** What a profile is tidied to: values by key, by category. */
export type TidyProfile = Record<string, Record<string, string>>;

/** What an obedient model takes for an order, in English, German and Hungarian. */
const ORDER = /[{}]|\b(forget|ignore|vergiss|felejtsd)\b/i;

/** A message of a chat, as the API has it. */
export interface ChatMessage {
  role: string;
  content: string;
}

/** What is said in passing and says nothing of anybody. */
const NOISE = /^(hi|hello|hey|thanks|thank you|good (morning|evening|night)|ok|lol)\b|\btoday\b/i;

/** The attributes that a chat is about: the data of the first message of a user that has any. */
export function readAttributes(messages: ChatMessage[]): AskedAttribute[] {
  for (const { role, content } of messages) {
    if (role !== "user") continue;
    try {
      const { attributes } = JSON.parse(content);
      if (Array.isArray(attributes)) return attributes;
    } catch {
      // Not the message with the data.
    }
  }
  return [];
}

/** Keeps the newest value of each key and of each wording, and no noise. */
export function tidy(attributes: AskedAttribute[]): TidyProfile {
  const profile: TidyProfile = {};
  const said = new Set<string>();
  for (const { category, key, value } of newestFirst(attributes)) {
    const wording = `${category}:${value.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim()}`;
    const name = key.toLowerCase().replace(/[^a-z0-9]+/g, "_");
    if (NOISE.test(value) || said.has(wording) || profile[category]?.[name]) continue;
    said.add(wording);
    (profile[category] ??= {})[name] = value.trim();
  }
  return profile;
}

/**
 * Does what a text among the data tells it to, as a model that takes data for instructions would: a JSON
 * object in the text is its whole reply; else the text is taken for an order to forget everything else.
 */
export function obey(attributes: AskedAttribute[]): TidyProfile {
  const order = newestFirst(attributes).find(({ value }) => ORDER.test(value));
  if (!order) return tidy(attributes);
  const [json] = order.value.match(/\{.*\}/s) ?? [];
  if (json) return JSON.parse(json);
  return { [order.category]: { [order.key]: order.value } };
}

function newestFirst(attributes: AskedAttribute[]): AskedAttribute[] {
  return attributes.toSorted((a, b) => b.updated_at.localeCompare(a.updated_at));
}
