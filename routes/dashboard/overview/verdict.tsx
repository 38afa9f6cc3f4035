import { Icon, type IconName } from "../parts/icons.tsx";
import type { View } from "../view.ts";
import type { Health } from "./job_health.ts";
import type { OverviewRow } from "./rows.ts";
import { sayVerdict } from "./verdict_words.ts";

const ICONS = { ok: "ok", bad: "fail", warn: "miss" } as const satisfies Record<string, IconName>;

const WORRYING: readonly Health[] = ["missed", "late", "unconfigured"];

/** Whether the night went well, as a sign and in words. */
export function Verdict({ all, view }: { all: OverviewRow[]; view: View }) {
  const tone = toneOf(all);
  return (
    <div class={`verdict ${tone}`}>
      <Icon name={ICONS[tone]} />
      <h1>{sayVerdict(all, view)}</h1>
    </div>
  );
}

/** A pause is meant, and so is a job that is switched off: neither is a reason to worry. */
function toneOf(all: readonly OverviewRow[]): keyof typeof ICONS {
  if (all.some(({ health }) => health === "failing")) return "bad";
  return all.some(({ health }) => WORRYING.includes(health)) ? "warn" : "ok";
}
