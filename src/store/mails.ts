import { newId } from "../ids.js";
import type { Database } from "./database.js";
import type { Secrets } from "./secrets.js";

/** A mail that is due. */
export interface DueMail {
  readonly id: string;
  readonly laneId: string | null;
  readonly kind: string;
  /** Those that are not settled yet. */
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly csv: string | null;
  readonly createdAt: number;
  /** Tries so far. */
  readonly attempts: number;
}

/** A mail that lets its reader in by a link. */
export interface LinkMail {
  readonly recipient: string;
  readonly subject: string;
  /** With `place` where the link belongs. */
  readonly text: string;
  readonly html: string;
  readonly place: string;
  readonly link: string;
  readonly expiresAt: number;
}

/** By recipient: "" for accepted, else what the mail server said when it refused for good. */
export type Outcomes = Readonly<Record<string, string>>;

/** The mails that wait to be sent. */
export interface MailStore {
  /** A mail with a link, to go out before all others. */
  addLink(mail: LinkMail, now: number): Promise<void>;
  /**
   * The oldest first, at most `limit`. A link that no key opens is told to `closed`, and tried again later until it
   * expires.
   */
  due(now: number, limit: number, closed?: (mail: DueMail) => void): Promise<DueMail[]>;
  waiting(): Promise<number>;
  /** Nothing is left to try: it counts as sent if anybody got it, else as failed. Returns which. */
  settle(id: string, outcomes: Outcomes, now: number, error: string): Promise<"sent" | "failed">;
  /** Tries again later, with those that `outcomes` does not settle. */
  postpone(id: string, outcomes: Outcomes, dueAt: number, error: string): Promise<void>;
  /**
   * The mail server itself fails: every mail that is due is tried again later, the longer the more tries it has had,
   * for as long as it takes. `triedId` comes after the others next time: should it be what the server stumbles over,
   * they get through.
   */
  postponeAllDue(now: number, triedId: string, backoff: Omit<Backoff, "maxAttempts">, error: string): Promise<void>;
}

/** Milliseconds before the second try, doubled after each one up to the longest; and after how many tries to give up. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
  readonly maxAttempts: number;
}

/** A server that is down counts no further: it makes the pauses longer, and never uses a mail's tries up. */
const COUNTED_OUTAGES = 8;

/** A due time farther ahead than any that is ever set was made by a wall clock since set back. */
const FARTHEST_MS = 2 * 3_600_000;

const DUE = `sent_at IS NULL AND failed_at IS NULL AND (due_at <= ?1 OR due_at > ?1 + ${FARTHEST_MS})`;

const SELECT_DUE = `SELECT json_group_array(json_object('id', id, 'laneId', lane_id, 'kind', kind,
    'recipients', json(recipients), 'outcomes', json(outcomes),
    'subject', subject, 'text', text, 'html', html, 'csv', csv, 'createdAt', created_at, 'attempts', attempts, 'link', link, 'expiresAt', expires_at))
  FROM (SELECT * FROM mails WHERE ${DUE} ORDER BY due_at, id LIMIT ?2) AS mails`;

export const LINK_KIND = "sign-in";
const INSERT_LINK = `INSERT INTO mails (id, kind, recipients, subject, text, html, created_at, due_at, link, expires_at)
  VALUES (?1, '${LINK_KIND}', ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8)`;
/** Another process may have the key, or this one after its next start: such mails come first, and must not stay in the way. */
const CLOSED_MS = 60_000;
const POSTPONE_CLOSED = "UPDATE mails SET due_at = ?2 WHERE id = ?1";
/** Nothing is kept of what lets somebody in: the mail goes with its link. */
const DELETE_LINK = "DELETE FROM mails WHERE id = ? AND link IS NOT NULL";

const WAITING_LINK = `kind = '${LINK_KIND}' AND sent_at IS NULL AND failed_at IS NULL`;
/** SQL: a mail would let a user in of those that a condition on `users` names. */
export const lettingIn = (which: string): string =>
  `${WAITING_LINK} AND lower(recipients) IN (SELECT CAST(json_array(email_folded) AS text) FROM users WHERE ${which})`;
/** SQL: a mail would let one of the addresses in that `?2` has, each as `recipientOf` writes it. */
export const LETTING_ADDRESS_IN = `${WAITING_LINK} AND lower(recipients) IN (SELECT value FROM each(?2))`;
/** An address in small letters, alone in a mail's recipients. */
export const recipientOf = (foldedEmail: string): string => JSON.stringify([foldedEmail]);

interface Sealed {
  readonly place: string;
  readonly link: string;
}

interface DueRow extends DueMail {
  readonly outcomes: Outcomes;
  readonly link: string | null;
  readonly expiresAt: number | null;
}

const placeOf = (id: string) => `mails/${id}/link`;
const inHtml = (link: string) => link.replaceAll("&", "&amp;").replaceAll("'", "&#39;");

/** The mail with its link; null: no key opens it. */
function unsealed(mail: DueMail, sealed: string, secrets: Secrets | null): DueMail | null {
  if (!secrets) return null;
  try {
    const { place, link } = JSON.parse(secrets.decrypt(sealed, placeOf(mail.id))) as Sealed;
    return { ...mail, text: mail.text.replaceAll(place, link), html: mail.html.replaceAll(place, inHtml(link)) };
  } catch {
    return null;
  }
}

/** What is known of a mail's recipients, with what was learned now. One process at a time sends mails. */
async function merged(database: Database, id: string, outcomes: Outcomes): Promise<Outcomes> {
  const row = await database.prisma.mail.findUnique({ where: { id }, select: { outcomes: true } });
  return { ...(row ? JSON.parse(row.outcomes) : {}), ...outcomes };
}

/** The outbox on this database. `secrets`: what links in mails are encrypted with. */
export function createMailStore(database: Database, secrets: Secrets | null = null): MailStore {
  const run = (sql: string, ...args: (string | number | null)[]) => database.batch([{ sql, args }]);
  return {
    async addLink({ recipient, subject, text, html, place, link, expiresAt }, now) {
      if (!secrets) throw new Error("a mail with a link needs keys");
      const id = newId("mail");
      const sealed = secrets.encrypt(JSON.stringify({ place, link }), placeOf(id));
      await run(INSERT_LINK, id, JSON.stringify([recipient]), subject, text, html, now, sealed, expiresAt);
    },
    async due(now, limit, closed) {
      const found: DueMail[] = [];
      for (const { outcomes, link, expiresAt, ...row } of await database.json<DueRow[]>(SELECT_DUE, now, limit)) {
        const mail = { ...row, recipients: row.recipients.filter((recipient) => outcomes[recipient] === undefined) };
        if (link === null) found.push(mail);
        else {
          const isOver = expiresAt === null || expiresAt <= now;
          const opened = isOver ? null : unsealed(mail, link, secrets);
          if (opened) found.push(opened);
          else if (isOver) await run(DELETE_LINK, mail.id);
          else {
            closed?.(mail);
            await run(POSTPONE_CLOSED, mail.id, now + CLOSED_MS);
          }
        }
      }
      return found;
    },
    waiting: () => database.prisma.mail.count({ where: { sent_at: null, failed_at: null } }),
    async settle(id, outcomes, now, error) {
      const all = await merged(database, id, outcomes);
      const accepted = Object.values(all).includes("");
      await run(DELETE_LINK, id);
      const column = accepted ? "sent_at" : "failed_at";
      await run(
        `UPDATE mails SET outcomes = ?2, attempts = attempts + 1, last_error = ?3, ${column} = ?4 WHERE id = ?1`,
        id,
        JSON.stringify(all),
        error,
        now,
      );
      return accepted ? "sent" : "failed";
    },
    async postpone(id, outcomes, dueAt, error) {
      const all = await merged(database, id, outcomes);
      const sql = `UPDATE mails SET outcomes = ?2, due_at = ?3, attempts = attempts + 1, last_error = ?4 WHERE id = ?1`;
      await run(sql, id, JSON.stringify(all), dueAt, error);
    },
    async postponeAllDue(now, triedId, { firstMs, longestMs }, error) {
      await run(
        `UPDATE mails SET attempts = greatest(attempts, least(attempts + 1, ${COUNTED_OUTAGES})), last_error = ?2,
          due_at = ?1 + least(CAST(?4 AS bigint), ?3 * (CAST(1 AS bigint) << least(attempts, 30)))
            + CASE WHEN id = ?5 THEN 1000 ELSE 0 END WHERE ${DUE}`,
        now,
        error,
        firstMs,
        longestMs,
        triedId,
      );
    },
  };
}
