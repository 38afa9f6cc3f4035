import type { AnySql, Json, Tx } from "../../../lib/db/sql.ts";
import type { Champion } from "../riot.ts";

/** Those of the ids that a match has already. */
export async function readKnownMatches(sql: AnySql, matchIds: string[]): Promise<Set<string>> {
  const known = await sql<{ match_id: string }[]>`
    select match_id
    from matches
    where match_id = any(${matchIds}::text[])`;
  return new Set(known.map(({ match_id }) => match_id));
}

/** Names the champions that have no name yet. */
export async function insertChampionNames(
  tx: Tx,
  champions: readonly Champion[],
): Promise<void> {
  await tx`
    insert into champions (champion, name)
    select champion, name
    from unnest(${champions.map(({ id }) => id)}::int[], ${
    champions.map(({ name }) => name)
  }::text[])
      as given (champion, name)
    order by champion
    on conflict (champion) do nothing`;
}

/** Adds the example cards; ones that are there stay as they are. Gives how many were added. */
export async function insertExampleCards(
  tx: Tx,
  examples: { name: string; card: Record<string, unknown> }[],
): Promise<number> {
  const cards = tx.json(examples as unknown as Json);
  const added = await tx`
    insert into model_card_examples (name, card)
    select name, card
    from jsonb_to_recordset(${cards}) as example (name text, card jsonb)
    order by name
    on conflict (name) do nothing`;
  return added.count;
}
