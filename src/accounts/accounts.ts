import type { Accounts, OwnAccount } from "../console/accounts.js";
import type { SessionStore } from "../store/sessions.js";
import { createLinks, type LinkParts, themselves } from "./links.js";
import { BusyError, passwordFault } from "./password.js";
import { busy, createSignIn, enter, Throttle, wrong } from "./sign-in.js";
import type { SingleSignOn } from "./single-sign-on.js";

export interface AccountParts extends LinkParts {
  readonly ofUser: SessionStore["ofUser"];
  /** null: no provider is set up. */
  readonly singleSignOn: SingleSignOn | null;
  /** Whether people reach the service by HTTPS. */
  readonly isSecure: boolean;
}

const MOST_NAME = 200;

/** The account of who is signed in. */
function createOwn(parts: AccountParts) {
  const { users, sessions, passwords, clock, ofUser } = parts;
  const throttle = new Throttle(clock);
  const userOf = (id: string) => users.get(id);

  const own: Accounts["own"] = async ({ principal }) => {
    const user = await userOf(principal.keyId);
    if (!user) return null;
    const { email, name, language, hasPassword } = user;
    const account: OwnAccount = { email, name, language, hasPassword, sessions: await ofUser(user.id) };
    return account;
  };

  const changePassword: Accounts["changePassword"] = async (session, { current, password }, { client, address }) => {
    const user = await userOf(session.principal.keyId);
    if (!user) return wrong;
    const fault = passwordFault(password);
    if (fault) return { fault };
    const held = throttle.refusal(client, user.id);
    if (held) return held;
    try {
      const known = await users.passwordHash(user.id);
      // Whoever finds a screen unlocked must not be able to keep its user out.
      if (known !== null && !(await passwords.verify(current, known))) {
        throttle.failed(client, user.id);
        return { fault: "password" };
      }
      const hash = await passwords.hash(password);
      const author = themselves(user, address)("changePassword");
      await users.setPassword(user.id, hash, { keep: session.id, author });
      return null;
    } catch (error) {
      if (error instanceof BusyError) return busy;
      throw error;
    }
  };

  return {
    own,
    changePassword,
    changeOwn: async (session, { name, language }) => {
      const { keyId, address } = session.principal;
      const user = await userOf(keyId);
      if (!user) return;
      const author = themselves(user, address)("changeAccount");
      await users.patch(keyId, { name: name.trim().slice(0, MOST_NAME), language }, author);
    },
    endSession: async (session, id) => {
      const listed = await ofUser(session.principal.keyId);
      if (listed.some((one) => one.id === id)) await sessions.end(id);
    },
  } satisfies Partial<Accounts>;
}

/** Signing in, in all ways, and the accounts of those who have. `settled`: see `links.ts`. */
export function createAccounts(parts: AccountParts): Accounts & { settled(): Promise<void> } {
  const { sessions, singleSignOn, linkMail, isSecure } = parts;
  const links = createLinks(parts);
  return {
    missing: linkMail.missing,
    hasSingleSignOn: singleSignOn !== null,
    isSecure,
    signIn: createSignIn(parts),
    sendLink: links.ask,
    openLink: links.open,
    useLink: links.use,
    signOut: ({ id }) => sessions.end(id),
    ...createOwn(parts),
    beginSingleSignOn: async (next) => (await singleSignOn?.begin(next)) ?? null,
    async endSingleSignOn(search, kept, visitor) {
      const came = await singleSignOn?.end(search, kept);
      if (!came) return wrong;
      const entered = await enter(came.user, visitor, parts);
      return "token" in entered ? { ...entered, next: came.next } : entered;
    },
    settled: links.settled,
  };
}
