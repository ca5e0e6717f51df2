import { createHash, randomBytes } from "node:crypto";
import { type FieldError, InputError } from "../errors.js";
import { newId } from "../ids.js";
import { fault, refusal } from "../schemas/rules/rules.js";
import type { ApiKey, Author, Clock, KeyRole } from "../types.js";
import { auditStatements } from "./audit.js";
import type { Database } from "./database.js";
import { createKeyUses } from "./key-uses.js";
import { decodeCursor, type Page, type PageRequest, pageLimit, toPage } from "./rows.js";

/** All valid keys are in the memory of every process: a few MiB at most. */
export const MAX_KEYS = 10_000;
/** So long is it said of a key that it has expired; afterwards it is as unknown as any other. */
const TOLD_MS = 30 * 86_400_000;
/** By this secret scanners find a key that was published by mistake. */
const PREFIX = "wbl_";
const KEY_BYTES = 32;

/** A key as it is made. */
export interface KeyInput {
  readonly name: string;
  readonly role: KeyRole;
  /** Needed for the role `customer`, and for no other. */
  readonly customer?: string | null | undefined;
  readonly expiresAt?: number | null | undefined;
}

export interface Keys {
  /** The key of this hash, from memory; it may have expired. null: there is none, or it was revoked. */
  find(hash: string): ApiKey | null;
  /** Notes that the key is used now; written later, at most once a minute. */
  used(id: string): void;
  /** Makes a key; `key` is what its holder sends, shown this once. Throws InputError. */
  create(input: KeyInput, author?: Author): Promise<{ readonly made: ApiKey; readonly key: string }>;
  get(id: string): Promise<ApiKey | null>;
  /** The oldest first; those that have expired or were revoked too. */
  list(page: PageRequest): Promise<Page<ApiKey>>;
  /** Refuses the key from now on. False: there is none of this id. */
  revoke(id: string, author?: Author): Promise<boolean>;
  /** Forgets the keys of a customer that was deleted, which are revoked by then. */
  customerDeleted(customer: string): void;
  /** Reads the valid keys again: another process may have changed them. */
  readAgain(): Promise<void>;
  /** Writes the last uses that are not written yet. */
  close(): Promise<void>;
}

/**
 * What is kept of a key. SHA-256 alone, and no slow hash with a salt as for passwords: a key is 32 bytes of a random
 * generator, so that nobody can go through the candidates however fast each is tried, and no two are alike. It has to be
 * made for every request.
 */
export const hashOfKey = (key: string): string => createHash("sha256").update(key).digest("hex");

interface Row {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly customer_id: string | null;
  readonly created_at: number | bigint;
  readonly expires_at: number | bigint | null;
  readonly revoked_at: number | bigint | null;
  readonly last_used_at: number | bigint | null;
}

const maybe = (value: number | bigint | null): number | null => (value === null ? null : Number(value));

const toKey = (row: Row): ApiKey => ({
  id: row.id,
  name: row.name,
  role: row.role as KeyRole,
  customer: row.customer_id,
  createdAt: Number(row.created_at),
  expiresAt: maybe(row.expires_at),
  lastUsedAt: maybe(row.last_used_at),
  revokedAt: maybe(row.revoked_at),
});

const VALID = `SELECT json_group_array(json_object('hash', hash, 'id', id, 'name', name, 'role', role, 'customer_id', customer_id,
  'created_at', created_at, 'expires_at', expires_at, 'revoked_at', revoked_at, 'last_used_at', last_used_at))
  FROM api_keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?1)`;

// The conditions are looked at where the row is written: another process may have made the last one that there is room for.
const INSERT = `INSERT INTO api_keys (id, name, role, customer_id, hash, created_at, expires_at)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
  WHERE (SELECT count(*) FROM api_keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?6)) < ${MAX_KEYS}
  AND (?3 <> 'customer' OR EXISTS (SELECT 1 FROM customers WHERE id = ?4 FOR SHARE))`;

const REVOKE = "UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";

/** Refuses the keys of a customer that is deleted: one of the same id that is made later is another's. */
export const REVOKE_OF_CUSTOMER = "UPDATE api_keys SET revoked_at = ?2 WHERE customer_id = ?1 AND revoked_at IS NULL";

function check({ role, customer, expiresAt }: KeyInput, now: number): void {
  const fields: FieldError[] = [];
  if (role === "customer" && !customer) {
    fields.push(fault("/customer", "customer_for_key"));
  }
  if (role !== "customer" && customer) {
    fields.push(fault("/customer", "no_customer_for_role"));
  }
  if (typeof expiresAt === "number" && expiresAt <= now) {
    fields.push(fault("/expiresAt", "past"));
  }
  if (fields.length > 0) throw InputError.invalid(fields);
}

/** A key without what changes by itself, for the audit log. */
const shown = ({ lastUsedAt: _used, ...key }: ApiKey) => ({
  ...key,
  createdAt: new Date(key.createdAt).toISOString(),
  expiresAt: key.expiresAt === null ? null : new Date(key.expiresAt).toISOString(),
  revokedAt: key.revokedAt === null ? null : new Date(key.revokedAt).toISOString(),
});

async function insert(database: Database, input: KeyInput, now: number, author: Author | undefined) {
  check(input, now);
  const { name, role, customer = null, expiresAt = null } = input;
  const key = `${PREFIX}${randomBytes(KEY_BYTES).toString("base64url")}`;
  const made: ApiKey = {
    id: newId("key"),
    name,
    role,
    customer,
    createdAt: now,
    expiresAt,
    lastUsedAt: null,
    revokedAt: null,
  };
  const hash = hashOfKey(key);
  const note = { customer, subject: made.id, before: null, after: shown(made) };
  const [inserted] = await database.batchJson([
    { sql: INSERT, args: [made.id, name, role, customer, hash, now, expiresAt] },
    ...auditStatements(author, note, now, "key"),
  ]);
  if (inserted === 0) {
    const [there] = customer === null ? [1] : await database.batchJson([{ sql: EXISTS, args: [customer] }]);
    if (there === undefined) throw InputError.invalid([fault("/customer", "no_such_customer")]);
    throw InputError.conflict(refusal("most_keys", { limit: MAX_KEYS }));
  }
  return { made, key, hash };
}

const EXISTS = "SELECT json_array(id) FROM customers WHERE id = ?";

async function list(database: Database, { cursor, limit }: PageRequest, shown: (key: ApiKey) => ApiKey) {
  const size = pageLimit(limit);
  const rows = await database.prisma.apiKey.findMany({
    ...(cursor ? { where: { id: { gt: decodeCursor(cursor) } } } : {}),
    orderBy: { id: "asc" },
    take: size + 1,
  });
  return toPage(
    rows,
    size,
    ({ id }) => id,
    (row) => shown(toKey(row)),
  );
}

/** The keys, with those that are valid in memory: a request is let in without a look at the database. */
export async function createKeys(database: Database, clock: Clock): Promise<Keys> {
  let valid = new Map<string, ApiKey>();
  const uses = createKeyUses(database, clock);
  // A read that began before a write must not bring back what the write took away.
  let writes = 0;

  async function readAgain(): Promise<void> {
    for (let before = -1; before !== writes; ) {
      before = writes;
      const rows = await database.json<(Row & { hash: string })[]>(VALID, clock.now() - TOLD_MS);
      if (before === writes) valid = new Map(rows.map((row) => [row.hash, toKey(row)]));
    }
  }

  /** With a use that is not written yet. */
  const withUse = (key: ApiKey): ApiKey => ({ ...key, lastUsedAt: uses.latest(key.id, key.lastUsedAt) });

  async function get(id: string): Promise<ApiKey | null> {
    const row = await database.prisma.apiKey.findUnique({ where: { id } });
    return row && withUse(toKey(row));
  }

  function forget(doomed: (key: ApiKey) => boolean): void {
    writes++;
    for (const [hash, key] of valid) if (doomed(key)) valid.delete(hash);
  }

  await readAgain();
  return {
    // That a look in a map takes longer for some hashes tells nothing: who knows a hash still has no key of it.
    find: (hash) => valid.get(hash) ?? null,
    used: uses.note,
    get,
    readAgain,
    async create(input, author) {
      const { made, key, hash } = await insert(database, input, clock.now(), author);
      writes++;
      valid.set(hash, made);
      return { made, key };
    },
    list: (page) => list(database, page, withUse),
    async revoke(id, author) {
      const before = await get(id);
      if (!before) return false;
      if (before.revokedAt !== null) return true;
      const now = clock.now();
      const after = shown({ ...before, revokedAt: now });
      const note = { customer: before.customer, subject: id, before: shown(before), after };
      await database.batch([{ sql: REVOKE, args: [id, now] }, ...auditStatements(author, note, now)]);
      forget((key) => key.id === id);
      return true;
    },
    customerDeleted: (customer) => forget((key) => key.customer === customer),
    close: uses.close,
  };
}
