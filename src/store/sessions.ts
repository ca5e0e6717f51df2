import type { PortalAction, UserRole } from "../account-types.js";
import { newId } from "../ids.js";
import type { Clock, Language } from "../types.js";
import type { Database } from "./database.js";
import { foldedEmail } from "./users.js";

const HOUR_MS = 3_600_000;
/** So long without a request a session goes on. */
export const IDLE_MS = 12 * HOUR_MS;
/** So long it goes on at most: of users, and of those who came by a link to a customer's address. */
export const LIFE_MS = { user: 7 * 24 * HOUR_MS, portal: 24 * HOUR_MS } as const;
const SEEN_EVERY_MS = 60_000;

/** A session as it begins. */
export interface SessionInput {
  /** SHA-256 of its token. */
  readonly hash: string;
  /** null: whoever reads the mail of a customer's address. */
  readonly userId: string | null;
  readonly email: string;
  /** Where there is no user: whose address it is. */
  readonly customer: string | null;
  /** The client's, and what it says it is. */
  readonly address: string;
  readonly agent: string;
}

/** Who is signed in, as the database says now. */
export interface FoundSession {
  readonly id: string;
  readonly userId: string | null;
  readonly email: string;
  readonly name: string;
  readonly role: UserRole;
  /** Of the role `customer`. */
  readonly customer: string | null;
  readonly language: Language | null;
  readonly timeZone: string | null;
  /** What a customer may change; null for all others. */
  readonly portal: readonly PortalAction[] | null;
}

/** A session in the list of a user's own. */
export interface ListedSession {
  readonly id: string;
  readonly address: string;
  readonly agent: string;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly expiresAt: number;
}

export interface SessionStore {
  begin(input: SessionInput): Promise<string>;
  /** null: there is none of this hash, it has ended, or its user or customer may not sign in any more. */
  find(hash: string): Promise<FoundSession | null>;
  end(id: string): Promise<void>;
  /** Of one user: the latest used first. */
  ofUser(userId: string): Promise<ListedSession[]>;
}

const FIND = `SELECT json_object('id', s.id, 'userId', s.user_id, 'sessionEmail', s.email, 'seenAt', s.seen_at,
    'expiresAt', s.expires_at, 'user', u.id, 'userEmail', u.email, 'name', u.name, 'role', u.role,
    'language', u.language, 'disabledAt', u.disabled_at, 'customer', c.id, 'emails', json(c.emails),
    'customerLanguage', c.language, 'timeZone', c.time_zone, 'portalEnabled', c.portal_enabled,
    'portalMay', json(c.portal_may))
  FROM sessions s LEFT JOIN users u ON u.id = s.user_id
  LEFT JOIN customers c ON c.id = coalesce(u.customer_id, s.customer_id) WHERE s.hash = ?`;

interface Row {
  readonly id: string;
  readonly userId: string | null;
  readonly sessionEmail: string;
  readonly seenAt: number;
  readonly expiresAt: number;
  readonly user: string | null;
  readonly userEmail: string | null;
  readonly name: string | null;
  readonly role: UserRole | null;
  readonly language: Language | null;
  readonly disabledAt: number | null;
  readonly customer: string | null;
  readonly emails: string[] | null;
  readonly customerLanguage: Language | null;
  readonly timeZone: string | null;
  readonly portalEnabled: number | null;
  readonly portalMay: PortalAction[] | null;
}

/** Whether who holds it may still be let in. */
function mayEnter(row: Row): boolean {
  const { userId, user, role, disabledAt, customer, emails, portalEnabled, sessionEmail } = row;
  if (userId !== null && (user === null || disabledAt !== null)) return false;
  if (userId !== null && role !== "customer") return true;
  if (customer === null || portalEnabled !== 1) return false;
  // An address that is taken from the customer lets nobody in any more.
  return userId !== null || (emails ?? []).some((email) => foldedEmail(email) === foldedEmail(sessionEmail));
}

function toSession(row: Row): FoundSession {
  const { id, userId, customer, timeZone, portalMay } = row;
  const role = userId === null ? "customer" : (row.role ?? "customer");
  const email = row.userEmail ?? row.sessionEmail;
  const name = row.name || email;
  if (role !== "customer") {
    return { id, userId, email, name, role, customer: null, language: row.language, timeZone: null, portal: null };
  }
  const language = row.language ?? row.customerLanguage;
  return { id, userId, email, name, role, customer, language, timeZone, portal: portalMay ?? [] };
}

const INSERT = `INSERT INTO sessions (id, hash, user_id, email, customer_id, address, agent, created_at, seen_at, expires_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)`;
const SEEN = `UPDATE sessions SET seen_at = ?2 WHERE id = ?1 AND seen_at < ?2`;
const OF_USER = `SELECT json_group_array(json_object('id', id, 'address', address, 'agent', agent, 'createdAt', created_at,
    'seenAt', seen_at, 'expiresAt', expires_at)) FROM (SELECT * FROM sessions
  WHERE user_id = ?1 AND expires_at > ?2 AND seen_at > ?2 - ${IDLE_MS} ORDER BY seen_at DESC LIMIT 100) AS own`;

/** The sessions, each looked up anew: one that was ended anywhere is over everywhere at once. */
export function createSessionStore(database: Database, clock: Clock): SessionStore {
  return {
    async begin({ hash, userId, email, customer, address, agent }) {
      const [id, now] = [newId("ses"), clock.now()];
      const life = userId === null ? LIFE_MS.portal : LIFE_MS.user;
      const args = [id, hash, userId, email, customer, address, agent.slice(0, 300), now, now + life];
      await database.batch([{ sql: INSERT, args }]);
      return id;
    },
    async find(hash) {
      const row = await database.json<Row | undefined>(FIND, hash);
      const now = clock.now();
      if (!row || row.expiresAt <= now || row.seenAt <= now - IDLE_MS || !mayEnter(row)) return null;
      if (row.seenAt <= now - SEEN_EVERY_MS) {
        // A page does not fail because of this: it is written with the next one.
        await database.batch([{ sql: SEEN, args: [row.id, now] }]).catch(() => undefined);
      }
      return toSession(row);
    },
    end: (id) => database.batch([{ sql: "DELETE FROM sessions WHERE id = ?", args: [id] }]),
    ofUser: (userId) => database.json<ListedSession[]>(OF_USER, userId, clock.now()),
  };
}
