import type { Json } from "../../lib/db/sql.ts";
import type { ItemSource } from "../../lib/job.ts";
import type { CardAnswer } from "./model_card_store.ts";

/** A card that is listed and not read yet. */
export interface ListedCard {
  /** Where it is, as people are told; no two of a list have the same. */
  source: string;
  /** Throws when it cannot be read. */
  read(): Promise<CardContent>;
}

/** A card as it was read, not checked yet. */
export interface CardContent {
  content: unknown;
  /** What to remember for the next conditional request; null: nothing new. */
  answer: CardAnswer | null;
}

/** Listed cards as items, by their sources. */
export function cardSource(cards: readonly ListedCard[]): ItemSource<ListedCard> {
  const sorted = cards.toSorted((a, b) => a.source < b.source ? -1 : 1);
  return {
    read: (after: Json | null, limit) =>
      Promise.resolve(
        sorted.filter(({ source }) => after === null || source > (after as string)).slice(0, limit),
      ),
    cursor: ({ source }) => source,
    key: ({ source }) => source,
    only: (sources) => Promise.resolve(sorted.filter(({ source }) => sources.includes(source))),
    count: () => Promise.resolve(sorted.length),
  };
}
