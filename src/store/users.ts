import type { User, UserRole } from "../account-types.js";
import { InputError, UniqueError } from "../errors.js";
import { newId } from "../ids.js";
import { fault, refusal } from "../schemas/rules/rules.js";
import type { Author, Clock, Language } from "../types.js";
import { auditStatements } from "./audit.js";
import type { Database, PlainStatement } from "./database.js";
import { lettingIn } from "./mails.js";
import { decodeCursor, type Page, type PageRequest, pageLimit, toPage } from "./rows.js";

/** A user as it is made. */
export interface UserInput {
  readonly email: string;
  readonly name?: string | undefined;
  readonly role: UserRole;
  /** Needed for the role `customer`, and for no other. */
  readonly customer?: string | null | undefined;
  readonly language?: Language | null | undefined;
}

/** What is changed of a user; what is left out stays as it is. */
export interface UserPatch {
  readonly name?: string | undefined;
  readonly role?: UserRole | undefined;
  readonly customer?: string | null | undefined;
  readonly language?: Language | null | undefined;
  readonly disabled?: boolean | undefined;
}

/** What only signing in asks for. */
interface Secrets {
  readonly passwordHash?: string | null;
  /** Issuer and subject of the OpenID provider's account. */
  readonly oidcSubject?: string | null;
}

export interface Users {
  /** Throws InputError: 409 where there is a user of this address. */
  create(input: UserInput, author?: Author, secrets?: Secrets): Promise<User>;
  get(id: string): Promise<User | null>;
  byEmail(email: string): Promise<User | null>;
  bySubject(oidcSubject: string): Promise<User | null>;
  /** The oldest first. */
  list(page: PageRequest): Promise<Page<User>>;
  /** Throws InputError: 404, and 409 where no admin would be left that can sign in. */
  patch(id: string, patch: UserPatch, author?: Author): Promise<User>;
  /** With the sessions and links. False: there is none of this id. Throws InputError 409 for the last admin. */
  delete(id: string, author?: Author): Promise<boolean>;
  /** null: none was chosen, or there is no such user. */
  passwordHash(id: string): Promise<string | null>;
  /** Ends the user's sessions but `keep`, and their links. False: there is no such user. */
  setPassword(
    id: string,
    hash: string,
    options?: { readonly keep?: string; readonly author?: Author },
  ): Promise<boolean>;
  /** The next sign-in is by this account of the provider's. */
  setSubject(id: string, oidcSubject: string): Promise<void>;
  signedIn(id: string): Promise<void>;
  /** Whether anybody is there who can sign in and do everything. */
  hasAdmin(): Promise<boolean>;
  /** Runs the work while nobody else changes who may do what, in any process. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * As an address is compared: that capitals tell two mailboxes apart is a thing of the past. Of ASCII alone: the Kelvin sign
 * is a k in small letters, and in a domain another one.
 */
export const foldedEmail = (email: string): string => email.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());

type Row = NonNullable<Awaited<ReturnType<Database["prisma"]["user"]["findUnique"]>>>;

const maybe = (ms: bigint | null): number | null => (ms === null ? null : Number(ms));

const toUser = (row: Row): User => ({
  id: row.id,
  email: row.email,
  name: row.name,
  role: row.role as UserRole,
  customer: row.customer_id,
  language: row.language as Language | null,
  hasPassword: row.password_hash !== null,
  hasSingleSignOn: row.oidc_subject !== null,
  createdAt: Number(row.created_at),
  disabledAt: maybe(row.disabled_at),
  lastSignedInAt: maybe(row.last_signed_in_at),
});

/** A user without what changes by itself, for the audit log: never anything of a password. */
const noted = ({ lastSignedInAt: _seen, createdAt, disabledAt, ...user }: User) => ({
  ...user,
  createdAt: new Date(createdAt).toISOString(),
  disabledAt: disabledAt === null ? null : new Date(disabledAt).toISOString(),
});

/** SQL: the row can sign in and do everything. */
const ADMIN = "role = 'admin' AND disabled_at IS NULL AND (password_hash IS NOT NULL OR oidc_subject IS NOT NULL)";

const isAdmin = (user: User): boolean =>
  user.role === "admin" && user.disabledAt === null && (user.hasPassword || user.hasSingleSignOn);

const INSERT = `INSERT INTO users (id, email, email_folded, name, role, customer_id, password_hash, oidc_subject, language,
  created_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
  WHERE (?5 <> 'customer' OR EXISTS (SELECT 1 FROM customers WHERE id = ?6 FOR SHARE))`;
const UPDATE = `UPDATE users SET name = ?2, role = ?3, customer_id = ?4, language = ?5, disabled_at = ?6 WHERE id = ?1
  AND (?3 <> 'customer' OR EXISTS (SELECT 1 FROM customers WHERE id = ?4 FOR SHARE))`;

const END_SESSIONS = "DELETE FROM sessions WHERE user_id = ?1 AND id <> ?2";
const END_LINKS = "DELETE FROM sign_in_links WHERE user_id = ?1";
/** Their links are over, and nobody is told of a user who is gone. */
const END_MAILS = `DELETE FROM mails WHERE ${lettingIn("id = ?1")}`;

/** Ends all that lets a user in. */
const endOf = (id: string, keep = ""): PlainStatement[] => [
  { sql: END_SESSIONS, args: [id, keep] },
  { sql: END_LINKS, args: [id] },
  { sql: END_MAILS, args: [id] },
];

/** The users of a customer that is deleted, and all that lets its people in but the mails. */
export function customerAccountStatements(customer: string): PlainStatement[] {
  const own = "user_id IN (SELECT id FROM users WHERE customer_id = ?1)";
  return [
    { sql: `DELETE FROM sessions WHERE customer_id = ?1 OR ${own}`, args: [customer] },
    { sql: `DELETE FROM sign_in_links WHERE ${own}`, args: [customer] },
    { sql: "DELETE FROM users WHERE customer_id = ?1", args: [customer] },
  ];
}

function checkCustomer({ role, customer }: Pick<UserInput, "role" | "customer">): void {
  const path = "/customer";
  if (role === "customer" && !customer) {
    throw InputError.invalid([fault(path, "customer_for_user")]);
  }
  if (role !== "customer" && customer) {
    throw InputError.invalid([fault(path, "no_customer_for_role")]);
  }
}

const noCustomer = () => InputError.invalid([fault("/customer", "no_such_customer")]);

const taken = (error: unknown): unknown =>
  error instanceof UniqueError ? InputError.conflict(refusal("email_taken"), [fault("/email", "email_used")]) : error;

/** Who signs in to the pages. Looked up for each request: what is changed takes effect at once in every process. */
export function createUsers(database: Database, clock: Clock): Users {
  const { user: rows } = database.prisma;
  const exclusive: Users["exclusive"] = (work) => database.exclusive("users", work);
  const find = async (where: Parameters<typeof rows.findUnique>[0]["where"]) => {
    const row = await rows.findUnique({ where });
    return row && toUser(row);
  };
  const get = (id: string) => find({ id });

  async function hasAdmin(but = ""): Promise<boolean> {
    const count = await database.json<number>(`SELECT count(*) FROM users WHERE id <> ? AND ${ADMIN}`, but);
    return count > 0;
  }

  async function keepAnAdmin(before: User, after: User | null): Promise<void> {
    if (!isAdmin(before) || (after && isAdmin(after)) || (await hasAdmin(before.id))) return;
    throw InputError.conflict(refusal("last_admin"));
  }

  async function create(input: UserInput, author?: Author, secrets: Secrets = {}): Promise<User> {
    checkCustomer(input);
    const { email, name = "", role, customer = null, language = null } = input;
    const { passwordHash = null, oidcSubject = null } = secrets;
    const now = clock.now();
    const made: User = {
      ...{ id: newId("usr"), email, name, role, customer, language, createdAt: now },
      ...{ hasPassword: passwordHash !== null, hasSingleSignOn: oidcSubject !== null },
      ...{ disabledAt: null, lastSignedInAt: null },
    };
    const folded = foldedEmail(email);
    const args = [made.id, email, folded, name, role, customer, passwordHash, oidcSubject, language, now];
    const note = { customer, subject: made.id, before: null, after: noted(made) };
    const statements = [{ sql: INSERT, args }, ...auditStatements(author, note, now, "user")];
    const [inserted] = await database.batchJson(statements).catch((error: unknown) => {
      throw taken(error);
    });
    if (inserted === 0) throw noCustomer();
    return made;
  }

  async function patch(id: string, given: UserPatch, author?: Author): Promise<User> {
    const before = await get(id);
    if (!before) throw InputError.notFound("user", id);
    const { name = before.name, role = before.role, language = before.language, disabled } = given;
    const customer = given.customer === undefined && role === before.role ? before.customer : (given.customer ?? null);
    checkCustomer({ role, customer });
    const now = clock.now();
    const disabledAt = disabled === undefined ? before.disabledAt : disabled ? (before.disabledAt ?? now) : null;
    const after: User = { ...before, name, role, customer, language, disabledAt };
    await keepAnAdmin(before, after);
    const note = { customer: customer ?? before.customer, subject: id, before: noted(before), after: noted(after) };
    const [changed] = await database.batchJson([
      { sql: UPDATE, args: [id, name, role, customer, language, disabledAt] },
      ...(disabledAt === null ? [] : endOf(id)),
      ...auditStatements(author, note, now, "user"),
    ]);
    if (changed === 0) throw noCustomer();
    return after;
  }

  async function remove(id: string, author?: Author): Promise<boolean> {
    const before = await get(id);
    if (!before) return false;
    await keepAnAdmin(before, null);
    const note = { customer: before.customer, subject: id, before: noted(before), after: null };
    await database.batch([
      ...endOf(id),
      { sql: "DELETE FROM users WHERE id = ?", args: [id] },
      ...auditStatements(author, note, clock.now()),
    ]);
    return true;
  }

  return {
    create,
    get,
    hasAdmin: () => hasAdmin(),
    exclusive,
    byEmail: (email) => find({ email_folded: foldedEmail(email) }),
    bySubject: (oidcSubject) => find({ oidc_subject: oidcSubject }),
    async list({ cursor, limit }) {
      const size = pageLimit(limit);
      const found = await rows.findMany({
        ...(cursor ? { where: { id: { gt: decodeCursor(cursor) } } } : {}),
        orderBy: { id: "asc" },
        take: size + 1,
      });
      return toPage(found, size, ({ id }) => id, toUser);
    },
    patch: (id, given, author) => exclusive(() => patch(id, given, author)),
    delete: (id, author) => exclusive(() => remove(id, author)),
    async passwordHash(id) {
      const row = await rows.findUnique({ where: { id }, select: { password_hash: true } });
      return row?.password_hash ?? null;
    },
    async setPassword(id, hash, { keep, author } = {}) {
      const user = await get(id);
      if (!user) return false;
      const note = { customer: user.customer, subject: id, before: null, after: { passwordChanged: true } };
      const [changed] = await database.batchJson([
        { sql: "UPDATE users SET password_hash = ?2 WHERE id = ?1", args: [id, hash] },
        ...endOf(id, keep),
        ...auditStatements(author, note, clock.now(), "user"),
      ]);
      return changed === 1;
    },
    setSubject: (id, subject) =>
      database
        .batch([{ sql: "UPDATE users SET oidc_subject = ?2 WHERE id = ?1", args: [id, subject] }])
        .catch((error: unknown) => {
          throw taken(error);
        }),
    signedIn: (id) =>
      database.batch([{ sql: "UPDATE users SET last_signed_in_at = ?2 WHERE id = ?1", args: [id, clock.now()] }]),
  };
}
