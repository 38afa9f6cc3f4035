/** The link by which who reads a resident program's log may sign in without typing a key. */

/** How long the link is good for. */
export const LINK_MINUTES = 10;

/** A secret that opens the door once; it lives in the memory of the program that printed it. */
export class SignInLink {
  readonly #token = crypto.randomUUID().replaceAll("-", "");
  #goodUntilMs = 0;

  /** The token, good from now on for ten minutes of this process' own running time. */
  issue(): string {
    this.#goodUntilMs = performance.now() + LINK_MINUTES * 60_000;
    return this.#token;
  }

  /** Whether a token would open the door now. */
  isGood(token: string): boolean {
    return performance.now() < this.#goodUntilMs && token === this.#token;
  }

  /** Uses a token up; false when it is not this one, is too old or was used before. */
  take(token: string): boolean {
    const good = this.isGood(token);
    if (good) this.#goodUntilMs = 0;
    return good;
  }
}
