import type { AnySql, Tx } from "../../lib/db/sql.ts";
import type { Champion } from "./riot.ts";

/** Notes champions' names; ones that are gone from the source keep theirs, since old matches have them. */
export async function writeChampions(tx: Tx, champions: readonly Champion[]): Promise<void> {
  await tx`
    insert into champions (champion, name)
    select champion, name
    from unnest(${champions.map(({ id }) => id)}::int[], ${
    champions.map(({ name }) => name)
  }::text[])
      as given (champion, name)
    order by champion
    on conflict (champion) do update
    set name = excluded.name
    where champions.name <> excluded.name`;
}

/** The names that are known, by champion. */
export async function readChampionNames(sql: AnySql): Promise<Map<number, string>> {
  const known = await sql<{ champion: number; name: string }[]>`
    select champion, name
    from champions`;
  return new Map(known.map(({ champion, name }) => [champion, name]));
}
