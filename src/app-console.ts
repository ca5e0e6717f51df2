import type { Config } from "./config.js";
import { createConsole } from "./console/console.js";
import { pages } from "./console/pages/index.js";
import type { Sessions } from "./console/session.js";
import type { Clock } from "./types.js";

interface ConsoleParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly version: string;
  readonly sessions: Sessions;
}

/** The pages of the service. */
export function createPages({ config, clock, version, sessions }: ConsoleParts) {
  return createConsole({ sessions, pages, clock, version, timeZone: config.timeZone });
}
