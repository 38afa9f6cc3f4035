// deno-lint-ignore-file jsx-key -- rendered once, on the server: nothing is matched by key
import type { ChampionPair } from "../../../lib/dashboard_pairs_store.ts";
import { formatCount } from "../format.ts";

export interface NamedChampion {
  champion: number;
  name: string;
  games: number;
}

interface MatrixProps {
  kind: ChampionPair["kind"];
  title: string;
  champions: readonly NamedChampion[];
  /** Of both kinds, among these champions. */
  pairs: readonly ChampionPair[];
}

/** The win rate of every two of some champions as a table of both; what has not been played stays empty. */
export function ChampionMatrix({ kind, title, champions, pairs }: MatrixProps) {
  const rates = new Map<string, Cell>();
  for (const { champion, other, games, wins, win_rate } of pairs.filter((p) => p.kind === kind)) {
    rates.set(`${champion} ${other}`, { rate: win_rate, games, wins });
    rates.set(
      `${other} ${champion}`,
      kind === "synergy"
        ? { rate: win_rate, games, wins }
        : { rate: 1 - win_rate, games, wins: games - wins },
    );
  }
  const word = kind === "synergy" ? "with" : "against";
  return (
    <div class="table" tabindex={0} role="region" aria-label={title}>
      <table class="matrix">
        <thead>
          <tr>
            <td></td>
            {champions.map(({ name }) => (
              <th scope="col">
                <span>{name}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {champions.map((row) => (
            <tr>
              <th scope="row" title={formatCount(row.games, "game")}>{row.name}</th>
              {champions.map((column) => {
                const cell = rates.get(`${row.champion} ${column.champion}`);
                if (!cell) return <td></td>;
                const wins = `${cell.wins} of ${formatCount(cell.games, "game")} won`;
                return (
                  <td
                    class={toneOf(cell.rate)}
                    title={`${row.name} ${word} ${column.name}: ${wins}`}
                  >
                    {Math.round(cell.rate * 100)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface Cell {
  /** Smoothed, of 1. */
  rate: number;
  games: number;
  wins: number;
}

/** Rates this far from even are told by colour as well, and by a stronger one from twice as far. */
const STEP = 0.03;

function toneOf(rate: number): string | undefined {
  const steps = Math.trunc((rate - 0.5) / STEP);
  if (steps === 0) return undefined;
  return `${steps > 0 ? "up" : "down"}${Math.abs(steps) > 1 ? " far" : ""}`;
}
