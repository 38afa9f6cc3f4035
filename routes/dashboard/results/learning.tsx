// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import type { Child } from "hono/jsx";
import {
  type AdapterFigures,
  readLearningStats,
} from "../../../jobs/learning/learning_stats_store.ts";
import {
  countDictionary,
  countLearners,
  countWeeks,
  listDictionary,
  listLearners,
  listWeeks,
} from "../../../lib/dashboard_learning_store.ts";
import type { Engine } from "../../../lib/engine_api.ts";
import { formatCount, formatPercent } from "../format.ts";
import { Clock, Exact } from "../parts/when.tsx";
import { Tree } from "../parts/tree.tsx";
import type { Json } from "../../../lib/db/sql.ts";
import type { View } from "../view.ts";
import { readDay, readText } from "../../cursor_parts.ts";
import { isUsable } from "../../../lib/instant.ts";
import { type Domain, MOST_COUNTED, THINGS_SHOWN } from "./block.tsx";
import { settleAll } from "../settle_all.ts";
import { readTable } from "../table_page.ts";

const WORDS_SHOWN = 50;
const WEEKS_SHOWN = 12;

/** What was learnt of a user: the adapter, the dictionary, the weeks. */
export function learningResults({ sql }: Engine, view: View, url: URL): Domain {
  return {
    id: "learning",
    name: "Learning",
    about: "A user's dictionary, correction adapter and weekly snapshots.",
    thing: "user",
    async find(text) {
      const { rows, page } = await readTable(url, {
        name: "cursor",
        limit: THINGS_SHOWN,
        read: readText,
        list: (after, limit) => listLearners(sql, text, after, limit),
        position: ({ user_id }) => [user_id],
        count: () => countLearners(sql, text, MOST_COUNTED + 1),
      });
      const things = rows.map(({ user_id, adapters }) => ({
        id: user_id,
        words: adapters > 0 ? `adapter ${adapters}` : "no adapter yet",
      }));
      return { things, page };
    },
    async read(userId) {
      const [stats, words, weeks] = await settleAll([
        readLearningStats(sql, userId),
        readTable(url, {
          name: "words",
          limit: WORDS_SHOWN,
          read: readWordPosition,
          list: (after, limit) => listDictionary(sql, userId, after, limit),
          position: ({ added_at, word }) => [added_at.getTime(), word],
          count: () => countDictionary(sql, userId),
        }),
        readTable(url, {
          name: "weeks",
          limit: WEEKS_SHOWN,
          read: readDay,
          list: (before, limit) => listWeeks(sql, userId, before, limit),
          position: ({ week }) => [week],
          count: () => countWeeks(sql, userId),
        }),
      ]);
      if (!stats) return undefined;
      const { adapter, last_retraining } = stats;
      return [
        {
          title: "Figures",
          about: "Of the error logs that are still kept.",
          figures: [
            ["Errors", stats.errors],
            ["Corrected / ignored", `${stats.corrected} / ${stats.ignored}`],
            [
              "Patterns active / improving",
              `${stats.patterns_active} / ${stats.patterns_improving}`,
            ],
            [
              "Last error",
              stats.last_error_at ? <Clock at={stats.last_error_at} view={view} /> : "–",
            ],
          ],
          empty: "",
        },
        {
          title: "Correction adapter",
          about: "Of trigger_model_retraining; accuracy on pairs that it never saw.",
          pairs: [
            ...(adapter ? adapterPairs(adapter, "In use", view) : []),
            ...(last_retraining && last_retraining.version !== adapter?.version
              ? adapterPairs(last_retraining, "Last retraining", view)
              : []),
          ],
          empty: "None yet.",
          job: "trigger_model_retraining",
        },
        {
          title: "Dictionary",
          about: "Words that are right for this user; of detect_no_change_words.",
          columns: [{ name: "Word" }, { name: "From" }, { name: "Added" }],
          list: { name: "words", ...words.page },
          rows: words.rows.map(({ word, source, added_at }) => [
            word,
            source === "user" ? "the user" : "never corrected",
            <Clock at={added_at} view={view} />,
          ]),
          empty: "None yet.",
          job: "detect_no_change_words",
        },
        {
          title: "Weeks",
          about: "Of generate_progress_snapshots.",
          columns: [
            { name: "Week of" },
            { name: "Errors", is: "figure" },
            { name: "Change", is: "figure" },
            { name: "Improving", is: "figure" },
            { name: "Most frequent", is: "text" },
          ],
          list: { name: "weeks", ...weeks.page },
          rows: weeks.rows.map(({ week, errors, change, improving, top }) => [
            week,
            errors,
            change === null ? "–" : change > 0 ? `+${change}` : change,
            improving,
            sayPatterns(top),
          ]),
          empty: "None yet.",
          job: "generate_progress_snapshots",
        },
      ];
    },
  };
}

function readWordPosition([addedAtMs, word]: unknown[]) {
  if (typeof addedAtMs !== "number" || typeof word !== "string") return undefined;
  const added_at = new Date(addedAtMs);
  return isUsable(added_at) ? { added_at, word } : undefined;
}

function adapterPairs(adapter: AdapterFigures, role: string, view: View): [string, Child][] {
  const { version, status, metrics, trained_pairs, trained_at, reason } = adapter;
  const share = (value: number | null) => value === null ? "–" : formatPercent(value);
  return [
    [role, <b>Version {version}, {status}</b>],
    [
      "First guess right",
      `${share(metrics.top1)}; by word frequency alone ${share(metrics.prior_top1)}`,
    ],
    ["Among three", share(metrics.top3)],
    [
      "Trained",
      <>
        on {formatCount(trained_pairs, "pair")}, <Exact at={trained_at} view={view} />
      </>,
    ],
    ["Why", reason],
  ];
}

function sayPatterns(top: unknown) {
  if (!Array.isArray(top)) return <Tree value={top as Json} />;
  return top.map(({ misspelling, correction, count }) =>
    `${misspelling} → ${correction} (${count})`
  )
    .join(", ");
}
