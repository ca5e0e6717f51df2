import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../types.js";
import type { Database } from "./database.js";
import { foldedEmail } from "./users.js";

export type LinkKind = "first-admin" | "invitation" | "password" | "portal";

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** How long each lets somebody in. */
export const LINK_LIFE_MS: Readonly<Record<LinkKind, number>> = {
  "first-admin": DAY_MS,
  invitation: 7 * DAY_MS,
  password: DAY_MS,
  portal: 15 * MINUTE_MS,
};

/** What a link is for. */
export interface SignInLink {
  readonly kind: LinkKind;
  readonly userId: string | null;
  /** Folded; "" of the first admin's. */
  readonly email: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface SignInLinks {
  /** Makes a link of a user's, in place of those that were made before; returns its token, which is kept nowhere. */
  forUser(kind: "invitation" | "password", user: { readonly id: string; readonly email: string }): Promise<string>;
  /** null: this address was sent enough of them lately. */
  forPortal(email: string): Promise<string | null>;
  /** In place of those that were made before, but for what another process has made within `keepMs`. */
  forFirstAdmin(keepMs: number): Promise<string>;
  /** null: it was used, has expired, or never was. Uses nothing up. */
  find(token: string): Promise<SignInLink | null>;
  /** Uses the link up; of any number who try at once one alone gets it. */
  use(token: string): Promise<SignInLink | null>;
  /** The links for the first admin: there is one. */
  endFirstAdmin(): Promise<void>;
}

/** Mails to one address within the time that a link is good for: nobody's mailbox is flooded. */
const PORTAL_MOST = 3;

export const hashOfToken = (token: string): string => createHash("sha256").update(token).digest("hex");
export const newToken = (): string => randomBytes(32).toString("base64url");

const COLUMNS = "hash, kind, user_id, email_folded, created_at, expires_at";
const INSERT = `INSERT INTO sign_in_links (${COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`;
const INSERT_PORTAL = `INSERT INTO sign_in_links (${COLUMNS}) SELECT ?1, ?2, ?3, ?4, ?5, ?6
  WHERE (SELECT count(*) FROM sign_in_links WHERE email_folded = ?4 AND kind = 'portal'
    AND created_at > CAST(?5 AS bigint) - ${LINK_LIFE_MS.portal}) < ${PORTAL_MOST}`;
const USE = "UPDATE sign_in_links SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2";

/** The links that let somebody in once. */
export function createSignInLinks(database: Database, clock: Clock): SignInLinks {
  const { signInLink: rows } = database.prisma;

  function insert(sql: string, kind: LinkKind, userId: string | null, email: string) {
    const [token, now] = [newToken(), clock.now()];
    const args = [hashOfToken(token), kind, userId, foldedEmail(email), now, now + LINK_LIFE_MS[kind]];
    return { token, statement: { sql, args } };
  }

  async function read(hash: string) {
    const row = await rows.findUnique({ where: { hash } });
    if (!row) return null;
    const { used_at: usedAt, user_id: userId, email_folded: email } = row;
    const times = { createdAt: Number(row.created_at), expiresAt: Number(row.expires_at) };
    return { usedAt, link: { kind: row.kind as LinkKind, userId, email, ...times } };
  }

  return {
    async forUser(kind, { id, email }) {
      const { token, statement } = insert(INSERT, kind, id, email);
      await database.batch([{ sql: "DELETE FROM sign_in_links WHERE user_id = ?", args: [id] }, statement]);
      return token;
    },
    async forPortal(email) {
      const { token, statement } = insert(INSERT_PORTAL, "portal", null, email);
      const [made] = await database.batchJson([statement]);
      return made === 1 ? token : null;
    },
    async forFirstAdmin(keepMs) {
      const { token, statement } = insert(INSERT, "first-admin", null, "");
      const sql = "DELETE FROM sign_in_links WHERE kind = 'first-admin' AND created_at <= ?";
      await database.batch([{ sql, args: [clock.now() - keepMs] }, statement]);
      return token;
    },
    async find(token) {
      const found = await read(hashOfToken(token));
      return found && found.usedAt === null && found.link.expiresAt > clock.now() ? found.link : null;
    },
    async use(token) {
      const hash = hashOfToken(token);
      const [used] = await database.batchJson([{ sql: USE, args: [hash, clock.now()] }]);
      return used === 1 ? ((await read(hash))?.link ?? null) : null;
    },
    endFirstAdmin: () => database.batch([{ sql: "DELETE FROM sign_in_links WHERE kind = 'first-admin'", args: [] }]),
  };
}
