import type { Context } from "hono";
import { fnv1a } from "../../lib/schedule/fnv1a.ts";
import htmx from "htmx.org/dist/htmx.min.js" with { type: "text" };
import fields from "../assets/dashboard/fields.js" with { type: "text" };
import keys from "../assets/dashboard/keys.js" with { type: "text" };
import lanes from "../assets/dashboard/lanes.js" with { type: "text" };
import live from "../assets/dashboard/live.js" with { type: "text" };
import log from "../assets/dashboard/log.js" with { type: "text" };
import menus from "../assets/dashboard/menus.js" with { type: "text" };
import icon from "../assets/icon.svg" with { type: "text" };
import { css } from "./styles.ts";

interface Asset {
  type: string;
  text: string;
}

/** The scripts are one file to a browser: the first makes the whole strict, and all share their names. */
const script = [live, keys, menus, fields, lanes, log].join("\n");

const ASSETS: Record<string, Asset> = {
  "dashboard.css": { type: "text/css; charset=utf-8", text: css },
  "dashboard.js": { type: "text/javascript; charset=utf-8", text: script },
  "htmx.js": { type: "text/javascript; charset=utf-8", text: htmx },
  "icon.svg": { type: "image/svg+xml", text: icon },
};

/** Where the pages find an asset; the address changes with what it holds, so that it may be kept for ever. */
export function assetUrl(name: string): string {
  return `/ui/assets/${name}?v=${versionOf(ASSETS[name].text)}`;
}

/** The answer with an asset; undefined when there is none of that name. */
export function answerAsset(c: Context, name: string): Response | undefined {
  const asset = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
  if (!asset) return undefined;
  const isCurrent = c.req.query("v") === versionOf(asset.text);
  c.header("Cache-Control", isCurrent ? "public, max-age=31536000, immutable" : "no-cache");
  return c.body(asset.text, 200, { "Content-Type": asset.type });
}

const versions = new Map<string, string>();

/** A short digest of what an asset holds. */
function versionOf(text: string): string {
  const version = versions.get(text) ?? fnv1a(text).toString(36);
  versions.set(text, version);
  return version;
}
