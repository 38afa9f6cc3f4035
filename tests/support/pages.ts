import { assert, assertEquals } from "@std/assert";
import type { TestApp } from "./app.ts";

/** What a browser asks for. */
export const BROWSER = { Accept: "text/html" };

/** A page as a browser gets it. */
export async function readPage(test: TestApp, path: string): Promise<string> {
  const answer = await test.request("GET", path, { headers: BROWSER });
  assertEquals(answer.status, 200, path);
  return await answer.text();
}

/** What a pattern finds on the pages of a list, a list each, along its ways to the next one. */
export async function walkPages(
  test: TestApp,
  path: string,
  { list, item }: { list: string; item: RegExp },
): Promise<string[][]> {
  const pages: string[][] = [];
  for (let next: string | undefined = path; next;) {
    const page = await readPage(test, next);
    pages.push([...page.matchAll(item)].map(([, found]) => found));
    assert(pages.length < 20, "the pages have no end");
    const ways = [...page.matchAll(/<a class="button" href="([^"#]+)#(\w+)">(Older|Next)</g)];
    next = ways.find(([, , name]) => name === list)?.[1].replaceAll("&amp;", "&");
  }
  return pages;
}

/** Asserts how much is on each page, and that nothing is on two. */
export function assertEachOnce(pages: string[][], sizes: number[]): void {
  assertEquals(pages.map((page) => page.length), sizes);
  assertEquals(new Set(pages.flat()).size, pages.flat().length);
}
