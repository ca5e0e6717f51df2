import { newId } from "../ids.js";
import type { AuditEntry, AuditNote, Author, Clock } from "../types.js";
import type { Database, PlainStatement, SqlValue } from "./database.js";
import { type Condition, firstIds, letOthersRun, type Page, type PageRequest, pageLimit, SET, toPage } from "./rows.js";

/** Of an order with twenty endpoints a few KiB are said; what is longer is cut, and says so. */
const MAX_CHARACTERS = 16_384;

/** All that is given must agree; times are epoch ms, `from` included and `to` not. */
export interface AuditFilter {
  readonly customer?: string | undefined;
  readonly subject?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface Audit {
  /** For a change that has happened in transactions of its own. */
  write(author: Author, note: AuditNote): Promise<void>;
  /** Newest first. */
  list(filter: AuditFilter, page?: PageRequest): Promise<Page<AuditEntry>>;
  /** Deletes, in small sets, what was written before (epoch ms); returns how much. Stops early when `stopped` says so. */
  forgetBefore(before: number, stopped?: () => boolean): Promise<number>;
}

/** The JSON to keep. What is too long is no JSON any more once it is cut: its beginning is kept as a text. */
function kept(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = JSON.stringify(value);
  if (text.length <= MAX_CHARACTERS) return text;
  // A pair of surrogates is not cut in two: PostgreSQL takes no half of one.
  const cut = text.slice(0, MAX_CHARACTERS).replace(/[\ud800-\udbff]$/, "");
  return JSON.stringify({ cut: `${cut}…`, characters: text.length });
}

const COLUMNS = "id, at, key_id, key_name, role, address, operation, customer_id, subject, before, after";
const PLACES = "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11";
const INSERT = `INSERT INTO audit (${COLUMNS}) VALUES (${PLACES})`;
/** Of a change that happens only while something is there: by then it is, or it is not. */
const ONLY_IF = {
  customer: `INSERT INTO audit (${COLUMNS}) SELECT ${PLACES} WHERE EXISTS (SELECT 1 FROM customers WHERE id = ?8)`,
  key: `INSERT INTO audit (${COLUMNS}) SELECT ${PLACES} WHERE EXISTS (SELECT 1 FROM api_keys WHERE id = ?9)`,
  user: `INSERT INTO audit (${COLUMNS}) SELECT ${PLACES} WHERE EXISTS (SELECT 1 FROM users WHERE id = ?9)`,
} as const;
const ONLY_IF_CHANGED = `INSERT INTO audit (${COLUMNS}) SELECT ${PLACES}
  WHERE EXISTS (SELECT 1 FROM endpoints WHERE id = ?9 AND version = ?12 AND updated_at = ?2)`;

/** Who has made a change that nobody asked for: the service itself. */
export const serviceAuthor = (operation: string): Author => ({
  keyId: "waybell",
  keyName: "Waybell",
  role: "service",
  address: "",
  operation,
});

/**
 * What writes a change down, for the transaction that makes it; nothing where no author is known (another program).
 * `onlyIf`: only where the note's customer is there, or the key or user that is its subject, or where the endpoint that is
 * its subject has got this version by it.
 */
export function auditStatements(
  author: Author | undefined,
  { customer, subject, before, after }: AuditNote,
  now: number,
  onlyIf?: keyof typeof ONLY_IF | { readonly version: number },
): PlainStatement[] {
  if (!author) return [];
  const { keyId, keyName, role, address, operation } = author;
  const who = [keyId, keyName, role, address, operation];
  const args = [newId("aud"), now, ...who, customer, subject, kept(before), kept(after)];
  if (typeof onlyIf === "object") return [{ sql: ONLY_IF_CHANGED, args: [...args, onlyIf.version] }];
  return [{ sql: onlyIf ? ONLY_IF[onlyIf] : INSERT, args }];
}

interface Row {
  readonly id: string;
  readonly at: number;
  readonly key_id: string;
  readonly key_name: string;
  readonly role: string;
  readonly address: string;
  readonly operation: string;
  readonly customer_id: string | null;
  readonly subject: string;
  readonly before: unknown;
  readonly after: unknown;
}

const toEntry = (row: Row): AuditEntry => ({
  id: row.id,
  at: row.at,
  keyId: row.key_id,
  keyName: row.key_name,
  role: row.role as Author["role"],
  address: row.address,
  operation: row.operation,
  customer: row.customer_id,
  subject: row.subject,
  before: row.before,
  after: row.after,
});

const FIND = `SELECT json_group_array(json(found)) FROM (SELECT json_object('id', a.id, 'at', a.at, 'key_id', a.key_id,
  'key_name', a.key_name, 'role', a.role, 'address', a.address, 'operation', a.operation, 'customer_id', a.customer_id,
  'subject', a.subject, 'before', json(a.before), 'after', json(a.after)) AS found
  FROM each(?) w JOIN audit a ON a.id = w.value ORDER BY w.key) AS rows`;

const FORGET = `DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ?1 ORDER BY at LIMIT ${SET})`;

const is = (column: string, value: SqlValue | undefined): Condition[] =>
  value === undefined ? [] : [{ sql: `${column} = ?`, args: [value] }];

/** The log of who changed what. */
export function createAudit(database: Database, clock: Clock): Audit {
  return {
    write: (author, note) => database.batch(auditStatements(author, note, clock.now())),
    async list({ customer, subject, from, to }, { cursor, limit } = {}) {
      const size = pageLimit(limit);
      const scan = {
        table: "audit" as const,
        base: subject === undefined ? is("customer_id", customer) : is("subject", subject),
        filter: [
          ...is("customer_id", customer),
          ...(from === undefined ? [] : [{ sql: "at >= ?", args: [from] }]),
          ...(to === undefined ? [] : [{ sql: "at < ?", args: [to] }]),
        ],
        from,
        to,
      };
      const { ids, stopped } = await firstIds(database, scan, size + 1, cursor);
      const rows = ids.length === 0 ? [] : await database.json<Row[]>(FIND, ids);
      return toPage(rows, size, ({ id }) => id, toEntry, stopped);
    },
    async forgetBefore(before, stopped = () => false) {
      let count = 0;
      while (!stopped()) {
        const [deleted] = await database.batchJson([{ sql: FORGET, args: [before] }]);
        count += deleted as number;
        if ((deleted as number) < SET) break;
        await letOthersRun();
      }
      return count;
    },
  };
}
