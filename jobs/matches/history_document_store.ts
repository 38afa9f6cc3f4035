import type { AnySql, Tx } from "../../lib/db/sql.ts";

/** Pairs in one part of the document; bounds what a reader holds in memory. */
const PAIRS_PER_PART = 1_000;

/** Versions that are kept, so that who reads an older one can finish. */
const KEPT_VERSIONS = 3;

/** A version of the document; `digest` is the SHA-256 of its bytes in hex. */
export interface DocumentVersion {
  version: number;
  digest: string;
  parts: number;
  bytes: number;
  matches: number;
  champion_pairs: number;
  published_at: Date;
}

/**
 * Writes the index as a document where the newest version lacks something that was counted.
 *
 * The content alone decides the bytes: where they are the newest version's, there is no new one.
 * Gives the newest version, and whether it is new. Call it with the index held.
 */
export async function publishDocument(
  tx: Tx,
  generation: number,
): Promise<{ document: DocumentVersion; isNew: boolean }> {
  const before = await readNewestDocument(tx);
  const [marked] = await tx`
    update history_generations
    set is_published = true
    where generation = ${generation} and not is_published
    returning generation`;
  if (before && !marked) return { document: before, isNew: false };
  const written = await writeDocument(tx, before?.digest ?? "");
  if (before && !written) return { document: before, isNew: false };
  await deleteOldDocuments(tx);
  return { document: (await readNewestDocument(tx))!, isNew: true };
}

/** Writes a new version unless its digest is the one given; tells whether it did. */
async function writeDocument(tx: Tx, digestBefore: string): Promise<boolean> {
  const [written] = await tx`
    with pair as (
      select
        *,
        -- By a boolean, since sorting by a text of the database's language takes twice the time.
        (row_number() over (partition by kind = 'synergy' order by champion, other) - 1)
          / ${PAIRS_PER_PART}::int as page
      from history_index
    ),
    page as (
      select
        kind,
        page,
        case when page = 0 then '' else E',\n' end || string_agg(
          format(
            case kind
              when 'synergy' then '{"champions":[%s,%s],"games":%s,"wins":%s,"win_rate":%s}'
              else '{"champion":%s,"opponent":%s,"games":%s,"wins":%s,"win_rate":%s}'
            end,
            champion, other, games, wins, win_rate
          ),
          E',\n' order by champion, other
        ) as body
      from pair
      group by kind, page
    ),
    total as (
      select
        (select matches from history_generations where status = 'live') as matches,
        (select count(*)::int from pair) as pairs
    ),
    piece (section, page, body) as (
      select 1, 0, format(
        E'{"matches":%s,"champion_pairs":%s,"prior":{"wins":5,"games":10},\n"synergy":[\n',
        matches, pairs
      ) from total
      union all
      select 2, page, body from page where kind = 'synergy'
      union all
      select 3, 0, E'\n],\n"counter":[\n'
      union all
      select 4, page, body from page where kind = 'counter'
      union all
      select 5, 0, E'\n]}\n'
    ),
    part as materialized (
      select (row_number() over (order by section, page))::int as part, body
      from piece
    ),
    whole as (
      select
        encode(sha256(convert_to(string_agg(body, '' order by part), 'UTF8')), 'hex') as digest,
        count(*)::int as parts,
        sum(octet_length(body))::int as bytes
      from part
    ),
    version as (
      insert into history_index_versions (digest, parts, bytes, matches, champion_pairs)
      select digest, parts, bytes, matches, pairs
      from whole, total
      where digest <> ${digestBefore}
      returning version
    ),
    written as (
      insert into history_index_parts (version, part, body)
      select version, part, body
      from version, part
    )
    select version from version`;
  return written !== undefined;
}

async function deleteOldDocuments(tx: Tx): Promise<void> {
  await tx`
    delete from history_index_versions
    where version not in (
      select version from history_index_versions order by version desc limit ${KEPT_VERSIONS}
    )`;
}

/** The newest version; undefined before the first refresh. */
export async function readNewestDocument(sql: AnySql): Promise<DocumentVersion | undefined> {
  const [document] = await sql<DocumentVersion[]>`
    select version, digest, parts, bytes, matches, champion_pairs, published_at
    from history_index_versions
    order by version desc
    limit 1`;
  return document;
}

/** One part of a version, counted from 1; undefined when the version is gone. */
export async function readDocumentPart(
  sql: AnySql,
  version: number,
  part: number,
): Promise<string | undefined> {
  const [row] = await sql<{ body: string }[]>`
    select body
    from history_index_parts
    where version = ${version} and part = ${part}`;
  return row?.body;
}
