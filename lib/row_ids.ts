import { formatTexts, parseTexts } from "./db/array_types.ts";

/**
 * Ids of rows, as the array that the database wrote and will read again.
 *
 * A hundred thousand strings that only pass through here would keep the garbage collector busy, and requests waiting.
 */
export class RowIds {
  private constructor(readonly text: string, readonly count: number) {}

  /** An array of text in the database's notation, and how many elements it has. */
  static read(text: string, count: number): RowIds {
    return new RowIds(text, count);
  }

  static of(ids: string[]): RowIds {
    return new RowIds(formatTexts(ids), ids.length);
  }

  static join(all: RowIds[]): RowIds {
    const elements = all.filter(({ count }) => count > 0).map(({ text }) => text.slice(1, -1));
    return new RowIds(`{${elements.join(",")}}`, all.reduce((sum, { count }) => sum + count, 0));
  }

  list(): string[] {
    return parseTexts(this.text);
  }

  /** The same ids in parts of at most so many. */
  parts(most: number): RowIds[] {
    if (this.count <= most) return [this];
    const ids = this.list();
    const parts: RowIds[] = [];
    for (let at = 0; at < ids.length; at += most) parts.push(RowIds.of(ids.slice(at, at + most)));
    return parts;
  }
}
