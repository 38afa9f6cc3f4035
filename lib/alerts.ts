/** Tells the outside about runs that failed for good, about their recovery, and about slow ones. */
import {
  type Alert,
  type AlertPayload,
  markAlertFailed,
  markAlertSent,
  takeAlerts,
} from "./alert_store.ts";
import type { Clock } from "./clock.ts";
import type { Sql } from "./db/sql.ts";
import { errorMessage } from "./errors.ts";
import type { Log } from "./log.ts";

const BATCH = 20;
const TIMEOUT_MS = 10_000;
const MAX_TRIES = 10;

/**
 * Sends the alerts that wait, one POST each; a webhook that is down never harms a run, it is asked again later.
 *
 * Delivery is at least once: one that was sent but could not be marked is sent again.
 */
export async function sendAlerts(
  { sql, clock, log }: { sql: Sql; clock: Clock; log: Log },
  webhookUrl: string,
  stop: AbortSignal,
): Promise<void> {
  for (const alert of await takeAlerts(sql, clock, BATCH)) {
    try {
      await post(webhookUrl, alert, stop);
      await markAlertSent(sql, clock, alert.id);
    } catch (error) {
      if (stop.aborted) return;
      const reason = errorMessage(error);
      log.warn(`Cannot send alert ${alert.id}`, { reason, tries: alert.tries });
      await markAlertFailed(sql, clock, alert.id, reason, MAX_TRIES);
    }
  }
}

/** The message as Slack-compatible webhooks take it: `text` for people, `edge_cron` for programs. */
export function alertBody({ kind, payload }: Alert): { text: string; edge_cron: unknown } {
  return {
    text: escapeSlack(`${describe(kind, payload)}. Run ${payload.run_id}`),
    edge_cron: { event: kind, ...payload },
  };
}

function describe(kind: Alert["kind"], payload: AlertPayload): string {
  const { job, reason, error, attempts, items_done, items_failed } = payload;
  switch (kind) {
    case "recovered":
      return `Recovered: ${job} succeeded again`;
    case "slow":
      return `Slow: ${job} took ${seconds(payload.duration_ms)}, over ${
        seconds(payload.slow_after_ms)
      } is slow`;
    case "failed": {
      const items = items_failed
        ? ` (${items_failed} of ${items_failed + (items_done ?? 0)} items)`
        : "";
      const tries = attempts === 1 ? "attempt" : "attempts";
      return `Failed: ${job}${reason ? `, ${reason}` : ""}${items}, after ${attempts} ${tries}. ${
        error ?? "No error message"
      }`;
    }
  }
}

/** Slack reads `<!channel>` and its kin as markup; an error's text is text. */
function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function seconds(ms: number | null): string {
  return `${Math.round((ms ?? 0) / 100) / 10} s`;
}

async function post(webhookUrl: string, alert: Alert, stop: AbortSignal): Promise<void> {
  const response = await fetch(webhookUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(alertBody(alert)),
    signal: AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]),
    // The URL is a secret: it is not handed on to where it redirects.
    redirect: "manual",
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
}
