import { pino } from "pino";
import { createAccounts } from "../../src/accounts/accounts.js";
import { createLinkMail } from "../../src/accounts/link-mail.js";
import { createPasswords } from "../../src/accounts/password.js";
import { createAccountSessions } from "../../src/accounts/sessions.js";
import type { SingleSignOn } from "../../src/accounts/single-sign-on.js";
import type { Visitor } from "../../src/console/accounts.js";
import { createMailStore } from "../../src/store/mails.js";
import { portalCustomers } from "../../src/store/portal-customers.js";
import { createSessionStore } from "../../src/store/sessions.js";
import { createSignInLinks, hashOfToken, newToken } from "../../src/store/sign-in-links.js";
import { createUsers } from "../../src/store/users.js";
import { openStore, type Store, secrets } from "../store/kit.js";

/** Costs next to nothing: what is tested is not how slow it is. */
export const CHEAP = { log2N: 4, r: 1, p: 1 };
export const PASSWORD = "correct horse battery";
export const visitor = (address = "192.0.2.1"): Visitor => ({ client: address, address, agent: "Browser" });

/** The accounts of one process on a store; several share one. */
export async function openAccounts(
  given: { store?: Store; singleSignOn?: SingleSignOn; passwords?: ReturnType<typeof createPasswords> } = {},
) {
  const { store = await openStore(), singleSignOn = null, passwords = createPasswords(CHEAP) } = given;
  const { database, clock } = store;
  const lines: string[] = [];
  const logger = pino({ level: "trace" }, { write: (line) => lines.push(line) });
  const [users, links] = [createUsers(database, clock), createSignInLinks(database, clock)];
  const sessionStore = createSessionStore(database, clock);
  const sessions = createAccountSessions({ store: sessionStore, clock, hashOf: hashOfToken, newToken });
  const mails = createMailStore(database, secrets);
  const settings = { publicUrl: "https://waybell.example", smtpUrl: "smtp://x", timeZone: "Europe/Brussels" };
  const linkMail = createLinkMail({ mails, clock, logger, ...settings });
  const accounts = createAccounts({
    ...{ users, sessions, passwords, clock, logger, links, linkMail, singleSignOn },
    portalCustomers: (email) => portalCustomers(database, email),
    ofUser: sessionStore.ofUser,
    isSecure: true,
  });
  return { store, clock, users, links, sessions, mails, accounts, passwords, linkMail, lines };
}

export type TestAccounts = Awaited<ReturnType<typeof openAccounts>>;

/** A user with a password. */
export async function makeUser({ users, passwords }: TestAccounts, email = "ann@example.com", role = "admin" as const) {
  return users.create({ email, role }, undefined, { passwordHash: await passwords.hash(PASSWORD) });
}
