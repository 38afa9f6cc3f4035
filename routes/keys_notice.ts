import { type Config, DEVELOPMENT_KEY } from "../lib/config.ts";
import type { Log } from "../lib/log.ts";
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
