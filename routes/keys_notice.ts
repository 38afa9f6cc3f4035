import { type Config, DEVELOPMENT_KEY } from "../lib/config.ts";
import type { Log } from "../lib/log.ts";
import { LINK_MINUTES, type SignInLink } from "../lib/sign_in_link.ts";
import { acceptedKeys } from "./auth.ts";

/** Says loudly at the start when calls need no secret, or when none can succeed. */
export function tellKeys(config: Config, log: Log): void {
  const keys = acceptedKeys(config);
  if (keys.length === 0) {
    log.warn("Every call is refused: API_KEYS is not set (role:key,role:key)");
  } else if (keys.some(({ key }) => key === DEVELOPMENT_KEY)) {
    log.warn(
      `Anyone on this machine may do everything with the key ${DEVELOPMENT_KEY}; set API_KEYS to change that`,
    );
  }
}

/** Invites who reads the log to the dashboard; a program that refuses every key invites nobody. */
export function tellSignIn(config: Config, log: Log, address: string, link: SignInLink): void {
  if (acceptedKeys(config).length === 0) return;
  log.info(
    `Dashboard: ${address}/ui/sign-in?link=${link.issue()} (good for ${LINK_MINUTES} minutes, once)`,
  );
}
