const DAY_MS = 86_400_000;

/** The instant that many times 24 hours earlier, whatever clocks did meanwhile. */
export function daysBefore(instant: Date, days: number): Date {
  return new Date(instant.getTime() - days * DAY_MS);
}
