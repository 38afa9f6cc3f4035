import { databaseClock } from "../../lib/clock.ts";
import type { AnySql, Tx } from "../../lib/db/sql.ts";
import { toStorableJson } from "../../lib/storable.ts";

/** A good answer of an address that cards come from. */
export interface CardAnswer {
  source: string;
  etag: string | null;
  lastModified: string | null;
  body: unknown;
}

/** The last good answer of a source; undefined: there was none. */
export async function readCardAnswer(
  sql: AnySql,
  source: string,
): Promise<CardAnswer | undefined> {
  const [answer] = await sql<CardAnswer[]>`
    select source, etag, last_modified as "lastModified", body
    from model_card_answers
    where source = ${source}`;
  return answer;
}

/** Remembers an answer in place of the source's last one. */
export async function writeCardAnswer(tx: Tx, answer: CardAnswer): Promise<void> {
  const { source, etag, lastModified, body } = answer;
  await tx`
    insert into model_card_answers (source, etag, last_modified, body, received_at)
    values (
      ${source}, ${etag}, ${lastModified}, ${tx.json(toStorableJson(body))},
      ${databaseClock.now(tx)}
    )
    on conflict (source) do update
    set
      etag = excluded.etag,
      last_modified = excluded.last_modified,
      body = excluded.body,
      received_at = excluded.received_at`;
}

/** Forgets the answers of sources that are not asked any more. */
export async function forgetCardAnswers(tx: Tx, kept: readonly string[]): Promise<void> {
  await tx`
    delete from model_card_answers
    where source <> all (${[...kept]}::text[])`;
}

/** The example cards, by name. */
export async function readExampleCards(
  sql: AnySql,
): Promise<{ name: string; card: unknown }[]> {
  return await sql<{ name: string; card: unknown }[]>`
    select name, card
    from model_card_examples
    order by name`;
}
