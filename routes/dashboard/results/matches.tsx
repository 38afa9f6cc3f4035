// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import { listModels } from "../../../jobs/matches/model_registry_store.ts";
import { readPatch, readPlatform } from "../../../jobs/matches/patch_store.ts";
import type { Child } from "hono/jsx";
import { readChampionNames } from "../../../jobs/matches/champions_store.ts";
import {
  type ChampionPair,
  countPairs,
  listClearestPairs,
  listPairsAmong,
  listPickedChampions,
} from "../../../lib/dashboard_pairs_store.ts";
import type { Engine } from "../../../lib/engine_api.ts";
import { formatNumber, formatPercent } from "../format.ts";
import { Clock } from "../parts/when.tsx";
import type { View } from "../view.ts";
import type { Block, Domain } from "./block.tsx";
import { settleAll } from "../settle_all.ts";
import { type PageOf, readTable } from "../table_page.ts";
import { ChampionMatrix, type NamedChampion } from "./champion_matrix.tsx";

/** Rows and columns of a matrix; on a phone the first five of them. */
const CHAMPIONS_SHOWN = 12;

const PAIRS_SHOWN = 10;

const INDEX = "/matches/history-index.json";

/** The champion matrix, the patch and the models. */
export function matchesResults({ sql }: Engine, view: View, url: URL): Domain {
  const readPairs = (name: string, kind: ChampionPair["kind"]) =>
    readTable(url, {
      name,
      limit: PAIRS_SHOWN,
      read: readPlace,
      list: (place, limit) => listClearestPairs(sql, kind, place ?? 0, limit),
      position: ({ place }) => [place],
      count: () => countPairs(sql, kind),
    });
  return {
    id: "matches",
    name: "Matches",
    about: "The champion matrix, the game's patch and the models.",
    async read() {
      const [patch, platform, models, names, picked, synergy, counter] = await settleAll([
        readPatch(sql),
        readPlatform(sql),
        listModels(sql),
        readChampionNames(sql),
        listPickedChampions(sql, CHAMPIONS_SHOWN),
        readPairs("together", "synergy"),
        readPairs("counters", "counter"),
      ]);
      const nameOf = (champion: number) => names.get(champion) ?? `Champion ${champion}`;
      const champions = picked.map(({ champion, games }) => ({
        champion,
        games,
        name: nameOf(champion),
      }));
      const pairs = await listPairsAmong(sql, picked.map(({ champion }) => champion));
      const indexBlocks = [
        matrixBlock(
          "synergy",
          "Champion matrix: on one side",
          <>
            How often two champions won together, in per cent; of refresh_history_index. Those that
            were picked most; all: <a href={INDEX}>history-index.json</a>
          </>,
          pairs,
          champions,
        ),
        matrixBlock(
          "counter",
          "Champion matrix: against each other",
          <>
            How often the champion of the row won against that of the column, in per cent; all:{" "}
            <a href={INDEX}>history-index.json</a>
          </>,
          pairs,
          champions,
        ),
        rankBlock(
          "Best together",
          "By the win rate, smoothed: as if each pair had won 5 of 10 games before.",
          ["Pair", "Wins"],
          synergy.rows,
          nameOf,
          { name: "together", ...synergy.page },
        ),
        rankBlock(
          "Clearest counters",
          "By the win rate of the stronger champion, smoothed in the same way.",
          ["Champion", "Wins"],
          counter.rows.map(fromTheStronger),
          nameOf,
          { name: "counters", ...counter.page },
        ),
      ];
      return [
        {
          title: "Patch",
          about: "Of refresh_patch_meta.",
          figures: patch
            ? [
              ["Patch", patch.patch],
              ["From", patch.source.replaceAll("_", " ")],
              ["Since", <Clock at={patch.last_updated} view={view} />],
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
        ...(champions.length === 0 ? [NO_INDEX] : indexBlocks),
      ];
    },
  };
}

/** What stands in place of the matrices and ranks before there is anything to show in them. */
const NO_INDEX: Block = {
  title: "Champion matrix",
  about: "How often champions won together and against each other; of refresh_history_index.",
  drawing: null,
  empty: "No match is in it yet.",
  job: "refresh_history_index",
};

/** The win rates of the champions that were picked most. */
function matrixBlock(
  kind: ChampionPair["kind"],
  title: string,
  about: Child,
  pairs: ChampionPair[],
  champions: NamedChampion[],
): Block {
  return {
    title,
    about,
    drawing: <ChampionMatrix kind={kind} title={title} champions={champions} pairs={pairs} />,
    empty: "",
  };
}

function rankBlock(
  title: string,
  about: string,
  columns: [pair: string, wins: string],
  pairs: ChampionPair[],
  nameOf: (champion: number) => string,
  list: PageOf & { name: string },
): Block {
  return {
    title,
    about,
    columns: [
      { name: columns[0] },
      { name: "Games", is: "figure" },
      { name: columns[1], is: "figure" },
      { name: "Win rate", is: "figure" },
    ],
    rows: pairs.map(({ kind, champion, other, games, wins, win_rate }) => [
      `${nameOf(champion)} ${kind === "synergy" ? "with" : "against"} ${nameOf(other)}`,
      formatNumber(games),
      formatNumber(wins),
      formatPercent(win_rate),
    ]),
    list: { first: "First", next: "Next", ...list },
    empty: "None yet.",
  };
}

function readPlace([place]: unknown[]): number | undefined {
  return Number.isInteger(place) && (place as number) > 0 && (place as number) < 2 ** 31
    ? place as number
    : undefined;
}

/** The same pair, told from the side that wins more often. */
function fromTheStronger(pair: ChampionPair): ChampionPair {
  const { champion, other, games, wins, win_rate } = pair;
  if (win_rate >= 0.5) return pair;
  return {
    ...pair,
    champion: other,
    other: champion,
    wins: games - wins,
    win_rate: 1 - win_rate,
  };
}
