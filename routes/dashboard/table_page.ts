import { cutPage, readCursor } from "../page.ts";

/** The part of a list that a page shows, and the ways to the others. */
export interface PageOf {
  /** In the whole list. */
  count: number;
  firstUrl: string | null;
  nextUrl: string | null;
}

interface Table<Row, Position> {
  /** By which the address says where it begins, and leads to it. */
  name: string;
  /** Rows that are shown at once. */
  limit: number;
  /** A position from what a cursor holds; undefined for what is none. */
  read: (parts: unknown[]) => Position | undefined;
  position(row: Row): (string | number)[];
  list(after: Position | null, limit: number): Promise<Row[]>;
  count(): Promise<number>;
}

/** The rows of a table from where an address says. Throws `InvalidInputError` for a cursor that is none of it. */
export async function readTable<Row, Position>(
  url: URL,
  { name, limit, read, position, list, count }: Table<Row, Position>,
): Promise<{ rows: Row[]; page: PageOf }> {
  const cursor = url.searchParams.get(name);
  const after = cursor ? readCursor(name, cursor, read) : null;
  const [found, total] = await Promise.all([list(after, limit + 1), count()]);
  const { rows, next_cursor } = cutPage(found, limit, position);
  const urlOf = (cursor: string | null) => {
    const query = new URLSearchParams(url.searchParams);
    if (cursor) query.set(name, cursor);
    else query.delete(name);
    return `${url.pathname}${query.size > 0 ? `?${query}` : ""}#${name}`;
  };
  return {
    rows,
    page: {
      count: total,
      firstUrl: cursor ? urlOf(null) : null,
      nextUrl: next_cursor && urlOf(next_cursor),
    },
  };
}
