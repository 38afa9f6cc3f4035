import type { AnySql, Tx } from "../../lib/db/sql.ts";

/** An ISO week on a zone's clock: [startsAt, endsAt), and the week before it from `previousStartsAt`. */
export interface Week {
  /** Its Monday, `YYYY-MM-DD`. */
  weekStart: string;
  previousStartsAt: Date;
  startsAt: Date;
  endsAt: Date;
}

/** The last ISO week that ended at or before an instant on a zone's clock; DST makes it 167 or 169 hours long. */
export async function readLastWeek(sql: AnySql, asOf: Date, timeZone: string): Promise<Week> {
  const [week] = await sql<[Week]>`
    with local as (
      select date_trunc('week', ${asOf.toISOString()}::timestamptz at time zone ${timeZone}) as ends
    )
    select
      to_char(ends - interval '7 days', 'YYYY-MM-DD') as "weekStart",
      (ends - interval '14 days') at time zone ${timeZone} as "previousStartsAt",
      (ends - interval '7 days') at time zone ${timeZone} as "startsAt",
      ends at time zone ${timeZone} as "endsAt"
    from local`;
  return week;
}

/**
 * Writes one snapshot for each of these users who made an error in the week.
 *
 * The change is against the week before, and null for a user's first week: as its own snapshot has it
 * or as the logs have it, whichever is more, since logs may be deleted and may come late. Patterns that
 * were seen since the week began are not improving.
 * A snapshot that is there is written anew, for what came late, unless a count in it would fall: logs are
 * only added, so some have been deleted, and it is `kept` as it is. Nor does the week before count less anew.
 */
export async function writeSnapshots(
  tx: Tx,
  userIds: string[],
  week: Week,
  writtenAt: Date,
): Promise<{ written: number; kept: number }> {
  const now = writtenAt.toISOString();
  const startsAt = week.startsAt.toISOString();
  const [row] = await tx<[{ written: number; kept: number }]>`
    with logged as (
      select user_id, word_folded as misspelling, correction_folded as correction, outcome
      from error_logs
      where user_id = any(${userIds}::text[])
        and occurred_at >= ${startsAt}::timestamptz
        and occurred_at < ${week.endsAt.toISOString()}::timestamptz
    ),
    summed as (
      select
        user_id,
        count(*) as errors,
        count(*) filter (where outcome = 'corrected') as corrected,
        count(*) filter (where outcome = 'ignored') as ignored
      from logged
      group by user_id
    ),
    ranked as (
      select
        user_id, misspelling, correction, count(*) as errors,
        row_number() over (
          partition by user_id
          order by count(*) desc, misspelling, correction
        ) as place
      from logged
      where correction <> misspelling
      group by user_id, misspelling, correction
    ),
    patterned as (
      select
        user_id,
        count(*) as distinct_patterns,
        jsonb_agg(
          jsonb_build_object(
            'misspelling', misspelling, 'correction', correction, 'count', errors)
          order by place
        ) filter (where place <= 5) as top_patterns
      from ranked
      group by user_id
    ),
    improved as (
      select user_id, count(*) as improving
      from user_error_patterns
      where user_id = any(${userIds}::text[])
        and status = 'improving'
        and last_seen < ${startsAt}::timestamptz
      group by user_id
    ),
    logged_before as (
      select
        user_id,
        count(*) filter (
          where occurred_at >= ${week.previousStartsAt.toISOString()}::timestamptz
        ) as errors
      from error_logs
      where user_id = any(${userIds}::text[])
        and occurred_at < ${startsAt}::timestamptz
      group by user_id
    ),
    snapshots_before as (
      select user_id, max(errors) filter (where week_start = ${week.weekStart}::date - 7) as errors
      from progress_snapshots
      where user_id = any(${userIds}::text[])
        and week_start < ${week.weekStart}::date
      group by user_id
    ),
    written as (
      insert into progress_snapshots as snapshot (
        user_id, week_start, errors, distinct_patterns, corrected, ignored, improving,
        errors_change, top_patterns, created_at, updated_at
      )
      select
        user_id, ${week.weekStart}::date, summed.errors, coalesce(distinct_patterns, 0),
        corrected, ignored, coalesce(improving, 0),
        summed.errors - coalesce(
          greatest(snapshots_before.errors, logged_before.errors),
          case when snapshots_before.user_id is not null then 0 end
        ),
        coalesce(top_patterns, '[]'), ${now}::timestamptz, ${now}::timestamptz
      from summed
      left join patterned using (user_id)
      left join improved using (user_id)
      left join logged_before using (user_id)
      left join snapshots_before using (user_id)
      order by user_id
      on conflict (user_id, week_start) do update
      set
        errors = excluded.errors,
        distinct_patterns = excluded.distinct_patterns,
        corrected = excluded.corrected,
        ignored = excluded.ignored,
        improving = excluded.improving,
        errors_change = excluded.errors - greatest(
          excluded.errors - excluded.errors_change,
          snapshot.errors - snapshot.errors_change
        ),
        top_patterns = excluded.top_patterns,
        updated_at = excluded.updated_at
      where excluded.corrected >= snapshot.corrected
        and excluded.ignored >= snapshot.ignored
        and excluded.distinct_patterns >= snapshot.distinct_patterns
      returning user_id
    )
    select
      (select count(*)::int from written) as written,
      (select count(*)::int from summed) - (select count(*)::int from written) as kept`;
  return row;
}
