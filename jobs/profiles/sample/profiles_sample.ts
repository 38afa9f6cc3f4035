import { createRandom, type Random } from "../../learning/sample/random.ts";
import type { Category } from "../attribute.ts";
import {
  COMMUNICATION,
  HEALTH,
  HOMES,
  INTERESTS,
  MEMORIES,
  NAMES,
  NOISE,
  OCCUPATIONS,
  ORDER,
  PREFERENCES,
  TRIFLES,
} from "./pools.ts";

/** What decides a sample: the same values give the same sample. */
export interface ProfilesSampleOptions {
  users: number;
  days: number;
  seed: number;
}

/** An entity of a sample; days count back from the sample's end, with a part for the time of day. */
export interface SampleEntity {
  entityType: "user" | "bot";
  entityId: string;
  attributes: {
    category: Category;
    key: string;
    value: string;
    confidence: number;
    daysAgo: number;
  }[];
  memories: {
    content: string;
    importance: number;
    daysAgo: number;
    /** Null: it was never looked at. */
    accessedDaysAgo: number | null;
  }[];
}

/** Seed 004's own bot, and two more. */
const BOTS = ["nova", "orion", "vega"];

/**
 * Makes up bots and users, of whom things are known twice, in contradiction and to no purpose; an entity
 * does not depend on how many others there are. The first user is seed 004's.
 */
export function* generateEntities(
  { users, days, seed }: ProfilesSampleOptions,
): Generator<SampleEntity> {
  for (const [place, bot] of BOTS.entries()) {
    yield makeUp("bot", bot, days, createRandom(seed, place));
  }
  for (let place = 0; place < users; place++) {
    const id = place === 0 ? "nick" : `person_${String(place + 1).padStart(5, "0")}`;
    yield makeUp("user", id, days, createRandom(seed, BOTS.length + place));
  }
}

function makeUp(
  entityType: "user" | "bot",
  entityId: string,
  days: number,
  random: Random,
): SampleEntity {
  const entity: SampleEntity = { entityType, entityId, attributes: [], memories: [] };
  const daysAgo = (least: number, most: number) => (least + (most - least) * random.next()) * days;
  const know = (category: Category, key: string, value: string, least: number, most: number) =>
    entity.attributes.push({
      category,
      key,
      value,
      confidence: random.between(3, 8) / 10,
      daysAgo: daysAgo(least, most),
    });

  const name = entityId === "nick" ? "Nick" : random.pick(NAMES);
  know("fact", "name", entityType === "bot" ? capital(entityId) : name, 0.8, 1);
  know("fact", "occupation", random.pick(OCCUPATIONS), 0.5, 0.9);
  const [before, now] = pickSome(HOMES, 2, random);
  know("fact", "home_location", `lives in ${before}`, 0.6, 0.9);
  know("fact", "home_location", `lives in ${now}`, 0.05, 0.4);
  for (const [key, one, other] of pickSome(PREFERENCES, 2, random)) {
    know("preference", key, one, 0.5, 0.9);
    know("preference", `${key}_again`, other, 0.05, 0.4);
  }
  for (const [key, value] of pickSome(INTERESTS, 2, random)) know("interest", key, value, 0.1, 0.9);
  know("communication", "style", random.pick(COMMUNICATION), 0.1, 0.9);
  if (random.chance(0.6)) know("health", "note", random.pick(HEALTH), 0.1, 0.9);
  for (const value of pickSome(NOISE, random.between(1, 2), random)) {
    know("misc", "said", value, 0.01, 0.2);
  }
  know("misc", "time_zone", "replies in the evening", 0.1, 0.9);
  if (random.chance(1 / 8)) know("misc", "note", ORDER, 0.01, 0.2);
  remember(entity, daysAgo, random);
  return entity;
}

/** Most of what recurs matters; trifles are old, weigh little and are never looked at. */
function remember(
  entity: SampleEntity,
  daysAgo: (least: number, most: number) => number,
  random: Random,
): void {
  const add = (content: string, importance: number, ago: number, accessed: number | null) =>
    entity.memories.push({ content, importance, daysAgo: ago, accessedDaysAgo: accessed });
  for (const [one, other] of pickSome(MEMORIES, 4, random)) {
    const importance = random.between(4, 8) / 10;
    add(one, importance, daysAgo(0.4, 0.9), random.chance(0.5) ? daysAgo(0.01, 0.3) : null);
    if (random.chance(0.7)) add(other, importance - 0.1, daysAgo(0.05, 0.35), null);
  }
  for (const trifle of pickSome(TRIFLES, 2, random)) add(trifle, 0.1, daysAgo(0.8, 1), null);
}

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}

/** So many different ones of a list, in an order of chance. */
function pickSome<T>(list: readonly T[], count: number, random: Random): T[] {
  const left = [...list];
  return Array.from(
    { length: Math.min(count, list.length) },
    () => left.splice(random.between(0, left.length - 1), 1)[0],
  );
}
