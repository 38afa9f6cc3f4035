// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import { listModels } from "../../../jobs/matches/model_registry_store.ts";
import { readPatch, readPlatform } from "../../../jobs/matches/patch_store.ts";
import { type ChampionPair, listChampionPairs } from "../../../lib/dashboard_results_store.ts";
import type { Engine } from "../../../lib/engine_api.ts";
import { formatNumber, formatPercent } from "../format.ts";
import { Clock, Exact } from "../parts/when.tsx";
import type { View } from "../view.ts";
import type { Block, Domain } from "./block.tsx";

const PAIRS_SHOWN = 25;

/** The champion matrix, the patch and the models. */
export function matchesResults({ sql }: Engine, view: View): Domain {
  return {
    id: "matches",
    name: "Matches",
    about: "The champion matrix, the game's patch and the models.",
    async read() {
      const [patch, platform, models, synergy, counter] = await Promise.all([
        readPatch(sql),
        readPlatform(sql),
        listModels(sql),
        listChampionPairs(sql, "synergy", PAIRS_SHOWN),
        listChampionPairs(sql, "counter", PAIRS_SHOWN),
      ]);
      return [
        {
          title: "Patch",
          about: "Of refresh_patch_meta.",
          pairs: patch
            ? [
              ["Patch", <b>{patch.patch}</b>],
              ["From", patch.source.replaceAll("_", " ")],
              ["Since", <Exact at={patch.last_updated} view={view} />],
              ["Platform", platform ? `${platform.name}: ${platform.health}` : "not asked"],
            ]
            : [],
          empty: "Not known yet.",
          job: "refresh_patch_meta",
        },
        {
          title: "Models",
          about: "Of refresh_model_registry.",
          columns: [
            { name: "Model", is: "text" },
            { name: "Elo" },
            { name: "Trained" },
            { name: "Changed" },
          ],
          rows: models.map(({ model_id, elo, trained_at, changed_at, current }) => [
            <>
              {current ? <b>{model_id}</b> : model_id}
              {current && <span class="tag">current</span>}
            </>,
            elo,
            <Clock at={trained_at} view={view} />,
            <Clock at={changed_at} view={view} />,
          ]),
          empty: "None yet.",
          job: "refresh_model_registry",
        },
        pairsBlock("Synergy", "Two champions on one side; of refresh_history_index.", synergy),
        pairsBlock("Counter", "The first champion against the second; the same job.", counter),
      ];
    },
  };
}

function pairsBlock(title: string, about: string, pairs: ChampionPair[]): Block {
  return {
    title,
    about:
      `${about} The ${PAIRS_SHOWN} that were played most; all: GET /matches/history-index.json.`,
    columns: [
      { name: "Champions" },
      { name: "Games", is: "figure" },
      { name: "Wins", is: "figure" },
      { name: "Win rate", is: "figure" },
    ],
    rows: pairs.map(({ champion, other, games, wins, win_rate }) => [
      `${champion} and ${other}`,
      formatNumber(games),
      formatNumber(wins),
      formatPercent(win_rate),
    ]),
    empty: "None yet.",
    job: "refresh_history_index",
  };
}
