/** A schedule that never fires, contradicts itself or does not parse; `reason` says which, in a sentence. */
export class ScheduleError extends Error {
  readonly code = "invalid_schedule";
  override readonly name = "ScheduleError";

  /** @param written The schedule as the person wrote it. */
  constructor(written: string, readonly reason: string) {
    super(`Cannot use ${JSON.stringify(written)} as a schedule: ${reason}`);
  }
}
