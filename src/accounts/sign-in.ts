import type { User } from "../account-types.js";
import { FailedKeys } from "../api/failed-keys.js";
import type { Entered, Refused, Visitor } from "../console/accounts.js";
import type { Logger } from "../logger.js";
import type { Users } from "../store/users.js";
import type { Clock } from "../types.js";
import { BusyError, MOST_BYTES, type Passwords } from "./password.js";
import type { AccountSessions } from "./sessions.js";

export interface SignInParts {
  readonly users: Pick<Users, "byEmail" | "passwordHash" | "signedIn">;
  readonly sessions: Pick<AccountSessions, "begin" | "find" | "end">;
  readonly passwords: Passwords;
  readonly clock: Clock;
  readonly logger: Logger;
}

const BUSY_SECONDS = 5;
const ADDRESS = /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u;

/** An address as users have them; "" for what is none, and nobody's. */
export const emailOf = (text: string): string => {
  const email = text.trim();
  return email.length <= 320 && ADDRESS.test(email) ? email : "";
};

/**
 * Slows down who tries passwords: by the address they come from, by the account that they try, and by both together. An
 * account can be signed in to from where that was done before while others try it from elsewhere: they cannot lock its
 * user out. From that same place they are held up by the third.
 */
export class Throttle {
  readonly #byClient: FailedKeys;
  readonly #byAccount: FailedKeys;
  readonly #byBoth: FailedKeys;

  constructor(clock: Clock) {
    this.#byClient = new FailedKeys(clock);
    this.#byAccount = new FailedKeys(clock);
    this.#byBoth = new FailedKeys(clock);
  }

  /** What nobody can be told apart by: a refusal to look now; null: look. */
  refusal(client: string, account: string): Refused | null {
    const wait = Math.max(
      this.#byClient.waits(client, account),
      this.#byAccount.waits(account, client),
      this.#byBoth.waits(`${client} ${account}`, ""),
    );
    return wait > 0 ? { refused: "wait", seconds: Math.ceil(wait / 1000) } : null;
  }

  failed(client: string, account: string): void {
    this.#byClient.failed(client);
    this.#byAccount.failed(account);
    this.#byBoth.failed(`${client} ${account}`);
  }

  succeeded(client: string, account: string): void {
    this.#byClient.succeeded(client, account);
    this.#byAccount.succeeded(account, client);
  }
}

export const busy: Refused = { refused: "busy", seconds: BUSY_SECONDS };
export const wrong: Refused = { refused: "wrong", seconds: 0 };

/** Begins a session of a user, whoever they showed to be; refuses it where their customer's portal is switched off. */
export async function enter(
  user: User,
  visitor: Visitor,
  { users, sessions, logger }: Pick<SignInParts, "users" | "sessions" | "logger">,
): Promise<Entered | Refused> {
  const { address, agent } = visitor;
  const token = await sessions.begin(user, { address, agent });
  if (!(await sessions.find(token, address))) return { refused: "portal", seconds: 0 };
  await users.signedIn(user.id);
  logger.info({ user: user.id, role: user.role, address }, "signed in to the pages");
  return { token };
}

/** Signing in by address and password. */
export function createSignIn(parts: SignInParts) {
  const { users, passwords, clock, logger } = parts;
  const throttle = new Throttle(clock);

  /** The user whose password it is. Of whom there is none takes as long, and is told the same. */
  async function userOf(email: string, password: string): Promise<User | null> {
    const user = email === "" ? null : await users.byEmail(email);
    const hash = await users.passwordHash(user?.id ?? "");
    const isRight = Buffer.byteLength(password) <= 4 * MOST_BYTES && (await passwords.verify(password, hash));
    return isRight && user?.disabledAt === null ? user : null;
  }

  return async (given: { email: string; password: string }, visitor: Visitor): Promise<Entered | Refused> => {
    const { client, address } = visitor;
    const email = emailOf(given.email);
    const account = email.toLowerCase();
    const held = throttle.refusal(client, account);
    if (held) return held;
    try {
      const user = await userOf(email, given.password);
      // Of many that are tried side by side none is looked at before the first of them were wrong.
      const heldNow = throttle.refusal(client, account);
      if (heldNow) return heldNow;
      if (!user) {
        throttle.failed(client, account);
        logger.warn({ address }, "nobody was signed in to the pages: wrong address or password");
        return wrong;
      }
      throttle.succeeded(client, account);
      return await enter(user, visitor, parts);
    } catch (error) {
      if (error instanceof BusyError) return busy;
      throw error;
    }
  };
}
