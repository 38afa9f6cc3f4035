import { Icon, type IconName } from "./icons.tsx";

/** How a state looks and reads; the tone chooses the colour. */
interface Look {
  icon: IconName;
  word: string;
  tone: "ok" | "bad" | "warn" | "run" | "quiet";
}

const LOOKS = {
  success: { icon: "ok", word: "Success", tone: "ok" },
  failed: { icon: "fail", word: "Failed", tone: "bad" },
  running: { icon: "run", word: "Running", tone: "run" },
  pending: { icon: "wait", word: "Pending", tone: "quiet" },
  skipped: { icon: "skip", word: "Skipped", tone: "warn" },
  cancelled: { icon: "cancel", word: "Cancelled", tone: "quiet" },
  fine: { icon: "ok", word: "Fine", tone: "ok" },
  failing: { icon: "fail", word: "Failing", tone: "bad" },
  late: { icon: "miss", word: "Late", tone: "warn" },
  paused: { icon: "pause", word: "Paused", tone: "quiet" },
  disabled: { icon: "off", word: "Disabled", tone: "quiet" },
  unconfigured: { icon: "gear", word: "Not configured", tone: "warn" },
  new: { icon: "wait", word: "Not run yet", tone: "quiet" },
  missed: { icon: "miss", word: "Missed", tone: "warn" },
  lost: { icon: "fail", word: "Lost", tone: "bad" },
  timeout: { icon: "fail", word: "Timed out", tone: "bad" },
  interrupted: { icon: "cancel", word: "Interrupted", tone: "quiet" },
} as const satisfies Record<string, Look>;

export type StatusName = keyof typeof LOOKS;

/** A state as icon and word; `title` tells more. */
export function Status({ of, title, word }: { of: StatusName; title?: string; word?: string }) {
  const look: Look = LOOKS[of];
  return (
    <span class={`status ${look.tone}`} title={title}>
      <Icon name={look.icon} />
      {word ?? look.word}
    </span>
  );
}

/** The word for a state. */
export function wordOf(status: StatusName): string {
  return LOOKS[status].word;
}
