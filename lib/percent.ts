/** Shares in words: what is under a threshold must not read as if it reached it. */

/** How much was reached, cut to tenths and never rounded up: "89.9 %". */
export function formatReached(share: number): string {
  return `${Math.floor(exactly(share * 1_000)) / 10} %`;
}

/** How much is wanted, as it was set: "90 %", "99.95 %". */
export function formatWanted(share: number): string {
  return `${exactly(share * 100)} %`;
}

/** Without what binary fractions leave behind: 0.286 × 1000 is 285.99999999999994. */
function exactly(product: number): number {
  return Number(product.toPrecision(12));
}
