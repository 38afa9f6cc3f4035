/** The longest that an answer is held back for a run, in seconds. */
export const MAX_WAIT_SECONDS = 60;

/**
 * The seconds that a `Prefer` header asks to wait (RFC 7240), capped; null when it does not ask.
 *
 * What cannot be read is no preference: a preference is never an error.
 */
export function preferredWaitSeconds(prefer: string | undefined): number | null {
  const wait = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(prefer ?? "")?.[1];
  return wait === undefined ? null : Math.min(Number(wait), MAX_WAIT_SECONDS);
}
