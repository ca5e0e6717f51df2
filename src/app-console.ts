import type { Config } from "./config.js";
import type { Accounts } from "./console/accounts.js";
import { createConsole } from "./console/console.js";
import { accountPages } from "./console/pages/account/index.js";
import { signInForForm } from "./console/pages/account/sign-in.js";
import { pages } from "./console/pages/index.js";
import type { Sessions } from "./console/session.js";
import type { Clock } from "./types.js";

interface ConsoleParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly version: string;
  readonly sessions: Sessions;
  readonly accounts: Accounts;
}

/** The pages of the service. */
export function createPages({ config, clock, version, sessions, accounts }: ConsoleParts) {
  const { timeZone } = config;
  const all = [...pages, ...accountPages(accounts)];
  const { isSecure } = accounts;
  return createConsole({ sessions, pages: all, clock, version, timeZone, isSecure, signIn: signInForForm(accounts) });
}
