import { PORTAL_OFF } from "../account-types.js";
import { callbackTemplateErrors, type Registry } from "../delivery/settings.js";
import { isObject } from "../delivery/settings-check.js";
import { mapTemplateSecrets, unmaskTemplate } from "../delivery/settings-patch.js";
import { type FieldError, InputError } from "../errors.js";
import { CustomerId, CustomerInput } from "../schemas/customer.js";
import { fault } from "../schemas/rules/rules.js";
import { SECRET_MASK } from "../schemas/secret.js";
import { compileSchema } from "../schemas/validate.js";
import type { Author, Clock, Customer, TemplateSetting } from "../types.js";
import { ownRecipients, TO_PEOPLE } from "./account-mails.js";
import { auditStatements } from "./audit.js";
import { type CustomerCodec, type CustomerRow, sealTemplate, toCustomer, unreadableSecrets } from "./customer-rows.js";
import type { Database } from "./database.js";
import { REVOKE_OF_CUSTOMER } from "./keys.js";
import { Lru } from "./lru.js";
import type { Exclusive } from "./one-at-a-time.js";
import { cancelPending, giveHeldTimeBack, unparkStrays, type WaitingPlace } from "./pending.js";
import { decodeCursor, letOthersRun, type Page, type PageRequest, pageLimit, SET, toPage } from "./rows.js";
import { customerAccountStatements } from "./users.js";

const CACHED = 20_000;

export interface Customers {
  get(id: string): Promise<Customer | null>;
  /** Those that exist, by id. */
  getMany(ids: Iterable<string>): Promise<Map<string, Customer>>;
  /** Replaces the customer; what the input leaves out gets its default. Throws InputError. */
  put(id: string, input: CustomerInput, author?: Author): Promise<{ customer: Customer; created: boolean }>;
  /**
   * Deletes the customer with its endpoints and orders, and refuses its keys; what is pending is canceled. The history
   * stays. False: no such customer.
   */
  delete(id: string, author?: Author, reason?: string): Promise<boolean>;
  /** By id; `search`: those whose id or name holds it. */
  list(request: PageRequest & { readonly search?: string | undefined }): Promise<Page<Customer>>;
  /** What changes a customer's settings, its endpoints included, is done one after the other. */
  readonly exclusive: Exclusive;
  /** Calls back after a customer was changed or deleted; `deleted` are the endpoints that went with it. */
  onChange(listener: (customerId: string, deleted: readonly WaitingPlace[]) => void): void;
  /** Another process has changed or deleted the customer. */
  changedElsewhere(id: string): void;
  /** Any of them may have been changed by another process. Tells nobody. */
  forgetAll(): void;
}

const FIND = `SELECT json_group_array(json_object('id', c.id, 'name', c.name, 'time_zone', c.time_zone, 'emails', c.emails,
  'language', c.language, 'callback_template', c.callback_template, 'created_at', c.created_at, 'updated_at', c.updated_at,
  'retention_days', c.retention_days, 'payload_days', c.payload_days, 'portal_enabled', c.portal_enabled,
  'portal_may', c.portal_may))
  FROM each(?) w JOIN customers c ON c.id = w.value`;

const PUT = `INSERT INTO customers (id, name, time_zone, emails, language, callback_template, created_at, updated_at,
  retention_days, payload_days, portal_enabled, portal_may) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, ?11)
  ON CONFLICT (id) DO UPDATE SET name = excluded.name,
  time_zone = excluded.time_zone, emails = excluded.emails, language = excluded.language,
  callback_template = excluded.callback_template, updated_at = excluded.updated_at,
  retention_days = excluded.retention_days, payload_days = excluded.payload_days,
  portal_enabled = excluded.portal_enabled, portal_may = excluded.portal_may`;

// What the deletion of a customer of this id left when it was cut short.
const FORGET_ORDERS = `DELETE FROM orders WHERE customer_id = ?1 AND NOT EXISTS (SELECT 1 FROM customers WHERE id = ?1)`;

// Another callback template may have cured the fault that holds a lane of callback URLs.
const HELD_CALLBACKS = `held_reason IS NOT NULL
  AND id IN (SELECT lane_id FROM endpoints WHERE customer_id = ?1 AND order_number IS NULL AND origin = 'callback')`;
const RELEASE_CALLBACKS = `UPDATE lanes SET held_reason = NULL, held_at = NULL, alert_at = ?2 WHERE ${HELD_CALLBACKS}`;

/** Whether what was posted has the shape that its masks can be looked for in; what is wrong with it is told later. */
const isTemplate = (value: unknown): value is TemplateSetting =>
  isObject(value) && typeof value.name === "string" && (value.options === undefined || isObject(value.options));

/** Nothing that has to stay as it is: all can be read. */
const NONE: ReadonlyMap<string, string> = new Map();

const checkId = compileSchema(CustomerId);
const checkInput = compileSchema(CustomerInput);

/** `kept`: the secrets that stay as they are, by path: their masks stand for something that cannot be judged now. */
function check(id: string, input: CustomerInput, registry: Registry, kept: ReadonlyMap<string, string>): void {
  const errors: FieldError[] = checkId(id).map((error) => ({ ...error, path: "/customer" }));
  errors.push(...checkInput(input));
  const template = errors.length === 0 ? input.callbackTemplate : undefined;
  const isKept = ({ path }: FieldError) => kept.has(path.replace("/callbackTemplate/", "").replaceAll("/", "."));
  if (template) errors.push(...callbackTemplateErrors(template, registry).filter((error) => !isKept(error)));
  const { retentionDays, payloadDays } = input;
  if (errors.length === 0 && retentionDays && payloadDays && payloadDays > retentionDays) {
    errors.push(fault("/payloadDays", "payload_days"));
  }
  if (errors.length > 0) throw InputError.invalid(errors);
}

/** What the audit log says of a customer: its setting with the secrets masked. */
function noted(
  setting: Pick<
    Customer,
    "name" | "timeZone" | "emails" | "language" | "callbackTemplate" | "retentionDays" | "payloadDays" | "portal"
  >,
  registry: Registry,
) {
  const { name, timeZone, emails, language, callbackTemplate, retentionDays = null, payloadDays = null } = setting;
  const { portal = PORTAL_OFF } = setting;
  // Where nobody can tell which options are secret, none is said.
  const template = registry.templateOf(callbackTemplate.name)
    ? mapTemplateSecrets(callbackTemplate, registry, () => SECRET_MASK)
    : { name: callbackTemplate.name };
  return { name, timeZone, emails, language, callbackTemplate: template, retentionDays, payloadDays, portal };
}

export interface CustomersOptions extends CustomerCodec {
  readonly database: Database;
  readonly clock: Clock;
}

/** The customers; secrets of their callback templates are encrypted in the database. */
export function createCustomers(options: CustomersOptions): Customers {
  const { database, clock, registry } = options;
  const cache = new Lru<string, Customer>(CACHED);
  const exclusive: Exclusive = (id, work) => database.exclusive(`customer ${id}`, work);
  const listeners: Parameters<Customers["onChange"]>[0][] = [];
  // A read that began before a write must not put what it saw into the cache after it.
  let writes = 0;

  function changed(id: string, deleted: readonly WaitingPlace[] = []): void {
    writes++;
    cache.delete(id);
    for (const listener of listeners) listener(id, deleted);
  }

  async function getMany(ids: Iterable<string>): Promise<Map<string, Customer>> {
    const found = new Map<string, Customer>();
    const missing: string[] = [];
    for (const id of new Set(ids)) {
      const customer = cache.get(id);
      if (customer) found.set(id, customer);
      else missing.push(id);
    }
    if (missing.length === 0) return found;
    const before = writes;
    for (const row of await database.json<CustomerRow[]>(FIND, missing)) {
      const customer = toCustomer(row, options);
      found.set(customer.id, customer);
      if (writes === before) cache.set(customer.id, customer);
    }
    return found;
  }

  const get = async (id: string) => (await getMany([id])).get(id) ?? null;

  /** Secrets that no key opens now and whose masks were sent back: they stay as they are until somebody can read them. */
  async function keptSecrets(before: Customer, sent: TemplateSetting): Promise<ReadonlyMap<string, string>> {
    if (before.callbackProblem === undefined || sent.name !== before.callbackTemplate.name) return NONE;
    const stored = await database.json<TemplateSetting>(
      "SELECT callback_template FROM customers WHERE id = ?",
      before.id,
    );
    const unreadable = unreadableSecrets(before.id, stored, options);
    const masked = new Set<string>();
    mapTemplateSecrets(sent, registry, (text, path) => {
      if (text === SECRET_MASK) masked.add(path);
      return text;
    });
    return new Map([...unreadable].filter(([path]) => masked.has(path)));
  }

  async function put(id: string, given: CustomerInput, author?: Author) {
    // Another process may have changed it, and this one not heard of it yet.
    writes++;
    cache.delete(id);
    const before = await get(id);
    const { callbackTemplate: sent } = given;
    const again = before && isTemplate(sent);
    const kept = again ? await keptSecrets(before, sent) : NONE;
    const unmasked = again ? unmaskTemplate(before.callbackTemplate, sent, registry) : sent;
    const input = unmasked === undefined ? given : { ...given, callbackTemplate: unmasked };
    check(id, input, registry, kept);
    const { name = id, timeZone = null, emails = [], language = "en" } = input;
    const template = { name: input.callbackTemplate?.name ?? "ontime", options: input.callbackTemplate?.options ?? {} };
    const sealed = sealTemplate(id, template, options, kept);
    const { retentionDays = null, payloadDays = null } = input;
    const portal = { ...PORTAL_OFF, ...input.portal };
    const terms = [retentionDays, payloadDays, portal.enabled ? 1 : 0, JSON.stringify(portal.may)];
    const args = [id, name, timeZone, JSON.stringify(emails), language, sealed, clock.now(), ...terms];
    const sameTemplate = JSON.stringify(before?.callbackTemplate) === JSON.stringify(template);
    const released = before !== null && !sameTemplate;
    if (released) {
      const held = await database.json<string[]>(`SELECT json_group_array(id) FROM lanes WHERE ${HELD_CALLBACKS}`, id);
      for (const lane of held) await giveHeldTimeBack(database, lane, clock.now());
    }
    const note = {
      customer: id,
      subject: id,
      before: before && noted(before, registry),
      after: noted(
        { name, timeZone, emails, language, callbackTemplate: template, retentionDays, payloadDays, portal },
        registry,
      ),
    };
    const cells = await database.batchJson([
      { sql: "SELECT json_array(id) FROM customers WHERE id = ?", args: [id] },
      { sql: FORGET_ORDERS, args: [id] },
      ...(released ? [{ sql: RELEASE_CALLBACKS, args: [id, clock.now()] }] : []),
      { sql: PUT, args },
      ...auditStatements(author, note, clock.now()),
    ]);
    changed(id);
    const customer = await get(id);
    if (!customer) throw InputError.notFound("customer", id);
    // What waited for secrets that could not be read was parked.
    const isCured = before?.callbackProblem !== undefined && customer.callbackProblem === undefined;
    if (isCured) await unparkStrays(database, clock.now());
    return { customer, created: cells[0] === undefined };
  }

  async function remove(id: string, author?: Author, reason = "customer deleted"): Promise<boolean> {
    const now = clock.now();
    const before = await get(id);
    const addresses = before ? await ownRecipients(database, before) : [];
    const note = { customer: id, subject: id, before: before && noted(before, registry), after: null };
    const cells = await database.batchJson([
      // Who is making something of the customer's has done so by then, or does not get to it.
      { sql: "SELECT json_array(id) FROM customers WHERE id = ? FOR UPDATE", args: [id] },
      {
        sql: `SELECT json_group_array(json_array(id, lane_id)) FROM endpoints WHERE customer_id = ? AND deleted_at IS NULL`,
        args: [id],
      },
      {
        sql: "UPDATE endpoints SET deleted_at = ?2, updated_at = ?2 WHERE customer_id = ?1 AND deleted_at IS NULL",
        args: [id, now],
      },
      { sql: REVOKE_OF_CUSTOMER, args: [id, now] },
      { sql: `DELETE FROM mails WHERE ${TO_PEOPLE}`, args: [id, addresses] },
      ...customerAccountStatements(id),
      ...auditStatements(author, note, now, "customer"),
      { sql: "DELETE FROM customers WHERE id = ?", args: [id] },
    ]);
    if (cells[0] === undefined) return false;
    const deleted = (cells[1] as [string, string][]).map(([endpoint, laneId]) => ({ id: endpoint, laneId }));
    changed(id, deleted);
    for (const place of deleted) await cancelPending(database, place, reason, now);
    await deleteOrders(database, id);
    return true;
  }

  return {
    get,
    getMany,
    put: (id, input, author) => exclusive(id, () => put(id, input, author)),
    delete: remove,
    exclusive,
    onChange: (listener) => void listeners.push(listener),
    changedElsewhere: (id) => changed(id),
    forgetAll() {
      writes++;
      cache.clear();
    },
    async list({ cursor, limit, search }) {
      const size = pageLimit(limit);
      // Both databases know it as LIKE; SQLite's looks at no capitals by itself.
      const contains = {
        contains: search ?? "",
        ...(database.kind === "postgresql" ? { mode: "insensitive" as never } : {}),
      };
      const where = {
        ...(cursor ? { id: { gt: decodeCursor(cursor, true) } } : {}),
        ...(search === undefined ? {} : { OR: [{ id: contains }, { name: contains }] }),
      };
      const rows = await database.prisma.customer.findMany({
        where,
        orderBy: { id: "asc" },
        take: size + 1,
      });
      return toPage(
        rows,
        size,
        ({ id }) => id,
        (row) => toCustomer(row, options),
      );
    },
  };
}

/** In sets: a customer can have more orders than one transaction should hold others up for. */
async function deleteOrders(database: Database, customer: string): Promise<void> {
  for (;;) {
    const [deleted] = await database.batchJson([
      {
        sql: `DELETE FROM orders WHERE NOT EXISTS (SELECT 1 FROM customers WHERE id = ?1) AND (customer_id, number) IN
          (SELECT customer_id, number FROM orders WHERE customer_id = ?1 LIMIT ${SET})`,
        args: [customer],
      },
    ]);
    if ((deleted as number) < SET) return;
    await letOthersRun();
  }
}
