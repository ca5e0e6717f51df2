import { createAccounts } from "./accounts/accounts.js";
import { createLinkMail, linkTo } from "./accounts/link-mail.js";
import { createPasswords } from "./accounts/password.js";
import { createAccountSessions } from "./accounts/sessions.js";
import type { SingleSignOn, SingleSignOnParts } from "./accounts/single-sign-on.js";
import { createUserAdministration } from "./accounts/users.js";
import type { Config } from "./config.js";
import type { Logger } from "./logger.js";
import { hashOfToken, LINK_LIFE_MS, newToken } from "./store/sign-in-links.js";
import type { Store } from "./store/store.js";
import type { Clock } from "./types.js";

interface AccountsParts {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** openid-client takes 9 MB of memory: who has no provider does without it. */
async function singleSignOn(parts: SingleSignOnParts): Promise<SingleSignOn> {
  const { createSingleSignOn } = await import("./accounts/single-sign-on.js");
  return createSingleSignOn(parts);
}

/** Who signs in to the pages, how, and for how long. */
export async function openSignInParts({ config, store, clock, logger }: AccountsParts) {
  const { publicUrl, smtpUrl, timeZone, oidc } = config;
  const { users, mails, signInLinks: links, portalCustomers } = store;
  const sessions = createAccountSessions({ store: store.sessions, clock, hashOf: hashOfToken, newToken });
  const linkMail = createLinkMail({ mails, clock, logger, publicUrl, smtpUrl, timeZone });
  const accounts = createAccounts({
    users,
    sessions,
    passwords: createPasswords(),
    clock,
    logger,
    links,
    linkMail,
    portalCustomers,
    ofUser: store.sessions.ofUser,
    singleSignOn: oidc && publicUrl ? await singleSignOn({ oidc, publicUrl, users, clock, logger }) : null,
    isSecure: publicUrl?.startsWith("https:") ?? false,
  });
  const customerOf = store.customers.get;
  const administration = createUserAdministration({ users, links, sessions, linkMail, clock, publicUrl, customerOf });
  return { sessions, accounts, users: administration };
}

/** Links of other processes that started at the same time stay good: each has shown its own. */
const TOGETHER_MS = 600_000;

/** Shows, until there is an admin who can sign in, a link to make the first. */
export async function sayFirstAdmin(
  { users, signInLinks, database }: Store,
  base: string,
  show: (text: string) => void,
): Promise<void> {
  if (await users.hasAdmin()) return;
  const token = await signInLinks.forFirstAdmin(database.kind === "sqlite" ? 0 : TOGETHER_MS);
  const hours = LINK_LIFE_MS["first-admin"] / 3_600_000;
  show(
    `\nNobody can sign in to the pages yet. Make the first admin here, within ${hours} h:\n\n  ${linkTo(base, token)}\n\n`,
  );
}
