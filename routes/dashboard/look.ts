import type { Context } from "hono";
import { readCookie, writeCookie } from "../cookies.ts";

export const THEMES = ["auto", "light", "dark"] as const;
export const ZONE_CHOICES = ["local", "utc"] as const;

/** How a person wants the pages; kept in a cookie of a year. */
export interface Look {
  theme: typeof THEMES[number];
  zoneChoice: typeof ZONE_CHOICES[number];
  /** What the browser says its zone is; null before it did. */
  localZone: string | null;
  zone: string;
}

const LOOK_COOKIE = "edge_cron_look";

/** Written by the page's script. */
const ZONE_COOKIE = "edge_cron_zone";

const YEAR_SECONDS = 31_536_000;

export function readLook(c: Context, defaultZone: string): Look {
  const [theme, zoneChoice] = (readCookie(c, LOOK_COOKIE) ?? "").split(" ");
  const localZone = readZone(c);
  const choice = pick(ZONE_CHOICES, zoneChoice);
  return {
    theme: pick(THEMES, theme),
    zoneChoice: choice,
    localZone,
    zone: choice === "utc" ? "UTC" : localZone ?? defaultZone,
  };
}

/** Keeps a changed look; what is not one of the choices falls back to the first of them. */
export function keepLook(
  c: Context,
  look: Look,
  change: { theme?: string; zoneChoice?: string },
): void {
  const theme = pick(THEMES, change.theme ?? look.theme);
  const zoneChoice = pick(ZONE_CHOICES, change.zoneChoice ?? look.zoneChoice);
  writeCookie(c, LOOK_COOKIE, `${theme} ${zoneChoice}`, YEAR_SECONDS);
}

function pick<Choice extends string>(choices: readonly Choice[], text: string | undefined): Choice {
  return choices.find((choice) => choice === text) ?? choices[0];
}

function readZone(c: Context): string | null {
  const zone = readCookie(c, ZONE_COOKIE);
  if (!zone || !/^[A-Za-z]/.test(zone) || zone.length > 60) return null;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}
