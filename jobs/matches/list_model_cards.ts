import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import type { JobContext } from "../../lib/job.ts";
import { fetchJson, withoutSecrets } from "../fetch_json.ts";
import {
  type CardAnswer,
  readCardAnswer,
  readExampleCards,
  writeCardAnswer,
} from "./model_card_store.ts";
import type { CardContent, ListedCard } from "./model_cards.ts";

type Context = JobContext<{ request_timeout_ms: number }>;

/** The largest file that is read as a card, in bytes. */
const MAX_CARD_BYTES = 1_000_000;

/** The cards that there are, and whose answers are worth keeping. */
export interface CardList {
  cards: ListedCard[];
  /** Sources of conditional requests. */
  asked: string[];
}

/**
 * Lists the model cards: those of the index at `MODEL_CARDS_URL`, else the files in `MODEL_CARDS_DIR`,
 * else the examples of the sample.
 *
 * Throws when there is no list to be had: then nothing is known of what was removed.
 */
export async function listModelCards(ctx: Context): Promise<CardList> {
  const { modelCardsUrl, modelCardsDir } = ctx.config;
  if (modelCardsUrl !== null) return await listFromIndex(ctx, modelCardsUrl);
  if (modelCardsDir !== null) return { cards: await listFiles(modelCardsDir), asked: [] };
  const examples = await readExampleCards(ctx.sql);
  const cards = examples.map(({ name, card }) => inline(`example:${name}`, card));
  return { cards, asked: [] };
}

/** The index is an array: of cards, or of their addresses, which may be relative to its own. */
async function listFromIndex(ctx: Context, url: string): Promise<CardList> {
  const index = await readConditionally(ctx, url);
  const entries = z.array(z.unknown()).safeParse(index.content);
  const place = withoutSecrets(url);
  if (!entries.success) throw new Error(`${place} gave no array of model cards`);
  const { answer } = index;
  if (answer) await ctx.transaction((tx) => writeCardAnswer(tx, answer));

  const cards = entries.data.map((entry, i) => {
    if (typeof entry === "string") return linked(ctx, place, url, entry);
    return inline(`${place}#${nameOf(entry) ?? i + 1}`, entry);
  });
  const asked = [sourceOf(url), ...cards.map(({ source }) => source)];
  return { cards: withDistinctSources(cards), asked };
}

function linked(ctx: Context, place: string, base: string, entry: string): ListedCard {
  const url = URL.canParse(entry, base) ? new URL(entry, base) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return {
      source: `${place}#${entry}`,
      read: () => Promise.reject(new Error(`"${entry}" is not the address of a card`)),
    };
  }
  return { source: sourceOf(url.href), read: () => readConditionally(ctx, url.href) };
}

function inline(source: string, content: unknown): ListedCard {
  return { source, read: () => Promise.resolve({ content, answer: null }) };
}

/** Asks only for what has changed since the last good answer, and takes that one where nothing has. */
async function readConditionally(ctx: Context, url: string): Promise<CardContent> {
  const source = sourceOf(url);
  const known = await readCardAnswer(ctx.sql, source);
  const { body, etag, lastModified } = await fetchJson(ctx.fetch, url, {
    headers: conditionsOf(known),
    timeoutMs: ctx.params.request_timeout_ms,
    signal: ctx.signal,
  });
  if (body !== undefined) return { content: body, answer: { source, etag, lastModified, body } };
  if (!known) throw new Error(`${source} answered 304 to an unconditional request`);
  return { content: known.body, answer: null };
}

function conditionsOf(known: CardAnswer | undefined): Record<string, string> {
  return {
    ...(known?.etag && { "If-None-Match": known.etag }),
    ...(known?.lastModified && { "If-Modified-Since": known.lastModified }),
  };
}

async function listFiles(directory: string): Promise<ListedCard[]> {
  try {
    const names = [];
    for await (const { name, isDirectory } of Deno.readDir(directory)) {
      if (name.endsWith(".json") && !isDirectory) names.push(name);
    }
    return names.map((name) => ({ source: name, read: () => readFile(join(directory, name)) }));
  } catch (error) {
    const reason = error instanceof Deno.errors.NotCapable
      ? `the program needs --allow-read=${directory}`
      : (error as Error).message;
    throw new Error(`Cannot read MODEL_CARDS_DIR: ${reason}`);
  }
}

async function readFile(path: string): Promise<CardContent> {
  const { size } = await Deno.stat(path);
  if (size > MAX_CARD_BYTES) throw new Error(`The file has over ${MAX_CARD_BYTES} bytes`);
  return { content: JSON.parse(await Deno.readTextFile(path)), answer: null };
}

/** An address as it is told and kept: its query, which may hold a secret, is but told apart from others. */
function sourceOf(url: string): string {
  const { search } = new URL(url);
  if (!search) return withoutSecrets(url);
  const digest = createHash("sha256").update(search).digest("hex").slice(0, 8);
  return `${withoutSecrets(url)}?${digest}`;
}

function nameOf(entry: unknown): string | null {
  const named = z.object({ model_id: z.string() }).or(z.object({ model_file: z.string() }))
    .safeParse(entry);
  return named.success ? Object.values(named.data)[0] : null;
}

function withDistinctSources(cards: ListedCard[]): ListedCard[] {
  const times = new Map<string, number>();
  return cards.map((card) => {
    const time = (times.get(card.source) ?? 0) + 1;
    times.set(card.source, time);
    return time === 1 ? card : { ...card, source: `${card.source} (${time})` };
  });
}
