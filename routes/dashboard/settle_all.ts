/** As `Promise.all`, but where one fails the others are waited for, so that no statement outlives its answer. */
export async function settleAll<const T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [Place in keyof T]: Awaited<T[Place]> }> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}
