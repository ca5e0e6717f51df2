import { createHash } from "node:crypto";
import type { User } from "../account-types.js";
import type { Session, Sessions } from "../console/session.js";
import { InputError } from "../errors.js";
import { refusal } from "../schemas/rules/rules.js";
import { Lru } from "../store/lru.js";
import type { FoundSession, SessionStore } from "../store/sessions.js";
import type { Clock } from "../types.js";

/** Who asks, as the list of a user's sessions shows it. */
export interface Client {
  readonly address: string;
  readonly agent: string;
}

/** The sessions of the pages, and what begins and ends them. */
export interface AccountSessions extends Sessions {
  /** Begins one and returns its token, which is kept nowhere. */
  begin(user: Pick<User, "id" | "email">, client: Client): Promise<string>;
  /** Begins one of whoever reads the mail of a customer's address. */
  beginPortal(email: string, customer: string, client: Client): Promise<string>;
  end(id: string): Promise<void>;
  /** Says that sessions of this user may have ended: their calls under way learn of it at once, and not within seconds. */
  changed(userId: string): void;
}

export interface SessionParts {
  readonly store: Pick<SessionStore, "begin" | "find" | "end">;
  readonly clock: Clock;
  hashOf(token: string): string;
  newToken(): string;
}

const TOKEN = /^[A-Za-z0-9_-]{43}$/;
/** Calls that go on for long look again so often whether they may. */
const LOOK_EVERY_MS = 1_000;
/** Ends that are remembered for calls under way; of older ones the database tells. */
const REMEMBERED = 10_000;

const ended = () => new InputError(401, "unauthorized", refusal("session_ended"));

/** Known to who has the token alone, so that nothing of it is kept. */
const csrfOf = (token: string): string => createHash("sha256").update(`csrf ${token}`).digest("hex").slice(0, 32);

const sameRights = (a: FoundSession, b: FoundSession): boolean =>
  a.role === b.role && a.customer === b.customer && String(a.portal) === String(b.portal);

/** The sessions by the database: whatever is changed of a user, or ended, in any process counts at the next request. */
export function createAccountSessions({ store, clock, hashOf, newToken }: SessionParts): AccountSessions {
  /** When something of a session or user ended here, by number. */
  const ends = new Lru<string, number>(REMEMBERED);
  let count = 0;

  const noteEnd = (id: string): void => ends.set(id, ++count);

  /** What a call that goes on for long asks, without waiting: the database is asked beside it. */
  function guard(hash: string, found: FoundSession): () => void {
    const since = count;
    const endedHere = (id: string | null) => id !== null && (ends.get(id) ?? 0) > since;
    let isOver = false;
    let isLooking = false;
    let lookedAt = clock.monotonic();
    async function look(): Promise<void> {
      const now = await store.find(hash);
      isOver = !now || !sameRights(now, found);
    }
    return () => {
      if (isOver || endedHere(found.id) || endedHere(found.userId)) throw ended();
      if (isLooking || clock.monotonic() - lookedAt < LOOK_EVERY_MS) return;
      lookedAt = clock.monotonic();
      isLooking = true;
      // A database that cannot be asked says nothing against the session.
      void look()
        .catch(() => undefined)
        .finally(() => {
          isLooking = false;
        });
    };
  }

  async function begin(who: { userId: string | null; email: string; customer: string | null }, client: Client) {
    const token = newToken();
    await store.begin({ hash: hashOf(token), ...who, ...client });
    return token;
  }

  return {
    async find(token, address): Promise<Session | null> {
      if (!TOKEN.test(token)) return null;
      const hash = hashOf(token);
      const found = await store.find(hash);
      if (!found) return null;
      const { id, userId, email, name, role, customer, language, timeZone, portal } = found;
      const principal = {
        keyId: userId ?? "portal",
        keyName: email,
        role,
        customer,
        address,
        ...(portal && { portal }),
        requireKey: guard(hash, found),
      };
      return { id, csrf: csrfOf(token), principal, name, language, timeZone };
    },
    begin: ({ id, email }, client) => begin({ userId: id, email, customer: null }, client),
    beginPortal: (email, customer, client) => begin({ userId: null, email, customer }, client),
    async end(id) {
      await store.end(id);
      noteEnd(id);
    },
    changed: noteEnd,
  };
}
