const PATIENCE_MS = 20_000;
const POLL_MS = 20;

/** Resolves when a condition holds that another process brings about; rejects when it has not for 20 s. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const givesUpAt = performance.now() + PATIENCE_MS;
  while (!await holds()) {
    if (performance.now() > givesUpAt) throw new Error(`Waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** What the promise gives, or a rejection when it has not settled within 20 s: it would hang for ever. */
export async function settled<T>(what: string, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Waited in vain until ${what}`)),
    PATIENCE_MS,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
