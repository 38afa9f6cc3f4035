import {
  type DocumentVersion,
  readDocumentPart,
} from "../../jobs/matches/history_document_store.ts";
import type { Sql } from "../../lib/db/sql.ts";

/**
 * A version of the history index as bytes, one part at a time and as fast as its reader takes it.
 *
 * No transaction stays open between two parts: a version never changes. One that goes while it is
 * read, which takes three refreshes, breaks the stream off.
 */
export function streamHistoryDocument(
  sql: Sql,
  { version, parts }: DocumentVersion,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let part = 0;
  return new ReadableStream({
    async pull(controller) {
      part++;
      const body = await readDocumentPart(sql, version, part);
      if (body === undefined) throw new Error(`Version ${version} of the history index is gone`);
      controller.enqueue(encoder.encode(body));
      if (part === parts) controller.close();
    },
  }, { highWaterMark: 0 });
}
