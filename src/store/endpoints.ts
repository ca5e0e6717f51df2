import { type EndpointSettings, targetOf } from "../delivery/settings.js";
import { InputError } from "../errors.js";
import { newId } from "../ids.js";
import { refusal } from "../schemas/rules/rules.js";
import type { SigningKind } from "../transports/transport.js";
import type { Author, Customer, Endpoint, EndpointInput, EndpointPatch, EndpointState } from "../types.js";
import { auditStatements } from "./audit.js";
import { callbackEndpoints, callbackFields } from "./callback-endpoints.js";
import type { Statement } from "./database.js";
import { type Disabling, disableForFailures, FORGET_FAILURES } from "./disabling.js";
import { draftOf, existing, judged, patched } from "./endpoint-drafts.js";
import { notedSettings } from "./endpoint-notes.js";
import { createEndpointReads, type EndpointReads, type EndpointsOptions } from "./endpoint-reads.js";
import { requireGrowth, requireRoom } from "./endpoint-room.js";
import { insertStatements, laneStatement, type NewEndpoint, nameConflict, sealSettings } from "./endpoint-rows.js";
import { RELEASE_LANE, type StateOptions, setState } from "./endpoint-state.js";
import { changed, changing, type EndpointChange, type Tell, type Writing } from "./endpoint-writing.js";
import { planOrderSet } from "./order-endpoints.js";
import { reorder } from "./ordering.js";
import { cancelPending, giveHeldTimeBack, retryNow, unpark } from "./pending.js";

export type { EndpointsOptions, OrderKey } from "./endpoint-reads.js";
export type { EndpointChange } from "./endpoint-writing.js";

const PREVIOUS_SECRET_MS = 24 * 3_600_000;

/** `publicKey`: what verifies the secret's signatures; null where only the secret itself does. */
export interface RotatedSecret {
  readonly endpoint: Endpoint;
  readonly secret: string;
  readonly publicKey: string | null;
}

interface CreateScope {
  readonly order?: string | null | undefined;
  readonly author?: Author | undefined;
}

/** Statements that belong to the change of an order's own endpoints, from what they were to what they will be. */
export type AlsoForOrder = (
  before: readonly EndpointSettings[],
  after: readonly EndpointSettings[],
) => readonly Statement[];

/** Reads and changes endpoints. Writes throw InputError or StoreUnavailableError. */
export interface Endpoints extends EndpointReads {
  /** Throws InputError 404 when there is no such customer. */
  requireCustomer(id: string): Promise<Customer>;
  /** The endpoints of callback URLs, made where there are none yet. */
  callbacks(customer: Customer, urls: readonly string[]): Promise<Endpoint[]>;
  create(customer: string, input: EndpointInput, scope?: CreateScope): Promise<Endpoint>;
  /** An endpoint that is not kept: for trying a setting out. */
  draft(customer: string, input: EndpointInput | EndpointPatch, basedOn?: string): Promise<Endpoint>;
  /** Changes the setting, and lets a lane that was held for it go on. `version`: throws InputError 409 for another one. */
  patch(id: string, patch: EndpointPatch, author?: Author, version?: number): Promise<Endpoint>;
  /** Active again also lets a held lane go on, and gives what waited the time back. */
  setState(id: string, state: EndpointState, reason: string, options?: StateOptions): Promise<Endpoint>;
  disableForFailures(what: Disabling): Promise<boolean>;
  /** Its history stays; what is pending is canceled. False: no such endpoint. */
  delete(id: string, author?: Author): Promise<boolean>;
  /** Makes the order's own endpoints those of `inputs`, together with the statements `also` makes of both sets. */
  replaceForOrder(
    customer: string,
    order: string,
    inputs: readonly EndpointInput[],
    also?: AlsoForOrder,
  ): Promise<Endpoint[]>;
  /** Gives the endpoint a new signing secret, of the old one's kind unless told; the old one signs beside it for 24 hours. */
  rotateSecret(id: string, kind?: SigningKind, author?: Author): Promise<RotatedSecret>;
  onChange(listener: (change: EndpointChange) => void): void;
  /** Another process has changed the endpoint. */
  changedElsewhere(id: string, customer: string, laneId: string): void;
  /** Any of them, and of the customers, may have been changed by another process. */
  forgetAll(): void;
  /** Calls back after that; those of `onChange` are told nothing, for nobody knows of which. */
  onForgetAll(listener: () => void): void;
}

const ownEndpoint = (customer: string, order: string | null, settings: EndpointSettings): NewEndpoint => {
  const id = newId("ep");
  return { id, customer, order, origin: "api", laneId: id, laneLabel: settings.name, settings };
};

async function create(writing: Writing, customer: string, input: EndpointInput, scope: CreateScope) {
  const { order = null, author } = scope;
  await existing(writing, customer);
  const endpoint = ownEndpoint(customer, order, judged(input, writing));
  if (order === null) await requireRoom(writing.database, customer, JSON.stringify(endpoint.settings).length);
  const now = writing.clock.now();
  const note = { customer, subject: endpoint.id, before: null, after: notedSettings(endpoint.settings, writing) };
  try {
    await writing.database.batch([
      ...insertStatements([endpoint], writing, now),
      ...auditStatements(author, note, now, "customer"),
    ]);
  } catch (error) {
    throw nameConflict(error, input.name, order);
  }
  const made = await writing.reads.get(endpoint.id);
  if (!made) throw InputError.notFound("customer", customer);
  return changed(writing, endpoint.id, customer);
}

async function change(
  writing: Writing,
  id: string,
  decide: (current: Endpoint) => EndpointSettings,
  author: Author | undefined,
) {
  return changing(writing, id, async (current) => {
    const settings = decide(current);
    const now = writing.clock.now();
    const sealed = sealSettings(current, settings, writing);
    if (current.order === null && current.origin === "api") {
      await requireGrowth(writing.database, current, [writing.reads.bytesOf(current), sealed.length]);
    }
    const target = targetOf(settings, writing.registry);
    const held = current.settings as EndpointSettings;
    const [before, after] = [notedSettings(held, writing), notedSettings(settings, writing, held)];
    await giveHeldTimeBack(writing.database, current.laneId, now);
    try {
      await writing.database.batch([
        {
          sql: `UPDATE endpoints SET name = ?2, target = ?3, settings = ?4, version = version + 1, updated_at = ?5
            WHERE id = ?1 AND deleted_at IS NULL`,
          args: [id, settings.name, target, sealed, now],
        },
        laneStatement([{ laneId: current.laneId, customer: current.customer, laneLabel: settings.name, settings }]),
        { sql: "UPDATE lanes SET label = ?2 WHERE id = ?1 OR shard_of = ?1", args: [id, settings.name] },
        { sql: RELEASE_LANE, args: [current.laneId, now] },
        { sql: FORGET_FAILURES, args: [current.laneId, now] },
        ...auditStatements(author, { customer: current.customer, subject: id, before, after }, now),
      ]);
    } catch (error) {
      throw nameConflict(error, settings.name, current.order);
    }
    const endpoint = await changed(writing, id, current.customer);
    const { order, overtakeAfterMs } = endpoint.limits;
    const isReordered = order !== current.limits.order || overtakeAfterMs !== current.limits.overtakeAfterMs;
    if (isReordered) {
      await reorder(writing.database, endpoint, now);
      writing.tell(endpoint);
    }
    const elsewhere = JSON.stringify(endpoint.transport) !== JSON.stringify(current.transport);
    // Who mends a password must not wait hours for the next retry to see that it was that.
    if (elsewhere && (await retryNow(writing.database, current, now)) > 0) writing.tell(endpoint);
    // What could not be read, and can be now, had parked its deliveries too.
    const cured = current.state !== "active" && endpoint.state === "active";
    if (cured && id !== current.laneId) await unpark(writing.database, current, now);
    return endpoint;
  });
}

function patch(
  writing: Writing,
  id: string,
  changes: EndpointPatch,
  author?: Author,
  version?: number,
): Promise<Endpoint> {
  const decide = (current: Endpoint) => {
    if (version !== undefined && version !== current.version) {
      throw InputError.conflict(refusal("changed_meanwhile", { version: current.version, given: version }));
    }
    // Settings come out of the store complete.
    const settings = patched(current.settings as EndpointSettings, changes, writing);
    const fields = current.origin === "callback" ? callbackFields(current, settings) : [];
    if (fields.length > 0) throw InputError.invalid(fields);
    return settings;
  };
  return change(writing, id, decide, author);
}

async function remove(writing: Writing, id: string, author?: Author): Promise<boolean> {
  const { database, clock, reads, tell } = writing;
  const current = await reads.get(id);
  if (!current) return false;
  const now = clock.now();
  const before = notedSettings(current.settings as EndpointSettings, writing);
  await database.batch([
    {
      sql: "UPDATE endpoints SET deleted_at = ?2, updated_at = ?2, version = version + 1 WHERE id = ?1",
      args: [id, now],
    },
    ...auditStatements(author, { customer: current.customer, subject: id, before, after: null }, now),
  ]);
  reads.forget(current.customer, [id]);
  tell({ id, laneId: current.laneId, deleted: true });
  await cancelPending(database, current, "endpoint deleted", now);
  return true;
}

async function replaceForOrder(
  writing: Writing,
  customer: string,
  order: string,
  inputs: readonly EndpointInput[],
  also: AlsoForOrder,
): Promise<Endpoint[]> {
  await existing(writing, customer);
  return writing.customers.exclusive(customer, async () => {
    const { database, clock, reads, registry, tell } = writing;
    const own = (await reads.forOrders([{ customer, order }])).get(`${customer}\n${order}`) ?? [];
    const { keep, replaced, added } = planOrderSet(own, inputs, registry);
    const fresh = added.map((settings) => ownEndpoint(customer, order, settings));
    const ids = replaced.map(({ id }) => id);
    const now = clock.now();
    const settingsOf = (set: readonly Endpoint[]) => set.map(({ settings }) => settings as EndpointSettings);
    await database.batch([
      {
        sql: `UPDATE endpoints SET deleted_at = ?2, updated_at = ?2, version = version + 1
          WHERE id IN (SELECT value FROM each(?1))`,
        args: [ids, now],
      },
      {
        sql: `UPDATE deliveries SET state = 'canceled', reason = 'replaced', finished_at = ?2
          WHERE lane_id IN (SELECT id FROM lanes WHERE id IN (SELECT value FROM each(?1))
            OR shard_of IN (SELECT value FROM each(?1))) AND state = 'pending'`,
        args: [ids, now],
      },
      ...insertStatements(fresh, writing, now),
      ...also(settingsOf(own), [...settingsOf(keep), ...added]),
    ]);
    reads.forget(customer, ids);
    for (const { id, laneId } of replaced) tell({ id, laneId, deleted: true });
    const made = await reads.byIds(fresh.map(({ id }) => id));
    const byName = new Map([...keep, ...made.values()].map((endpoint) => [endpoint.name, endpoint]));
    for (const endpoint of made.values()) tell(endpoint);
    return inputs.flatMap(({ name }) => byName.get(name) ?? []);
  });
}

async function rotateSecret(writing: Writing, id: string, kind?: SigningKind, author?: Author): Promise<RotatedSecret> {
  let secret = "";
  const decide = (current: Endpoint) => {
    const {
      signingSecret,
      previousSigningSecret: _older,
      previousSigningSecretUntil: _until,
      ...rest
    } = current.transport;
    const signing = writing.registry.transportOf(rest.type)?.signing;
    if (!signing) throw InputError.conflict(refusal("unsigned", { transport: rest.type }));
    // Who verifies with one kind may know nothing of the other.
    secret = signing.newSecret(kind ?? (typeof signingSecret === "string" ? signing.kindOf(signingSecret) : "hmac"));
    const until = writing.clock.now() + PREVIOUS_SECRET_MS;
    const previous = signingSecret ? { previousSigningSecret: signingSecret, previousSigningSecretUntil: until } : {};
    const transport = { ...rest, type: rest.type, signingSecret: secret, ...previous };
    return judged({ ...current.settings, transport }, writing);
  };
  const endpoint = await change(writing, id, decide, author);
  const [newest] = writing.registry.transportOf(endpoint.transport.type)?.signing?.publicKeys(endpoint.transport) ?? [];
  return { endpoint, secret, publicKey: newest?.until === null ? newest.key : null };
}

/** The endpoints of this database, kept in memory as they are used; what others write is told by `changedElsewhere`. */
export function createEndpoints(options: EndpointsOptions): Endpoints {
  const listeners: Tell[] = [];
  const forgotten: (() => void)[] = [];
  const tell: Tell = (change) => {
    for (const listener of listeners) listener(change);
  };
  const reads = createEndpointReads(options, tell);
  const writing: Writing = { ...options, reads, tell };
  return {
    ...reads,
    requireCustomer: (id) => existing(options, id),
    callbacks: (customer, urls) => callbackEndpoints(options, reads, customer, urls),
    create: (customer, input, scope = {}) => create(writing, customer, input, scope),
    draft: (customer, input, basedOn) => draftOf(options, reads, customer, input, basedOn),
    patch: (id, changes, author, version) => patch(writing, id, changes, author, version),
    setState: (id, state, reason, how) => setState(writing, id, state, reason, how),
    disableForFailures: (what) => disableForFailures(writing, what),
    delete: (id, author) => remove(writing, id, author),
    replaceForOrder: (customer, order, inputs, also = () => []) =>
      replaceForOrder(writing, customer, order, inputs, also),
    rotateSecret: (id, kind, author) => rotateSecret(writing, id, kind, author),
    onChange: (listener) => void listeners.push(listener),
    changedElsewhere(id, customer, laneId) {
      reads.forget(customer, [id]);
      tell({ id, laneId, elsewhere: true });
    },
    forgetAll() {
      options.customers.forgetAll();
      reads.forgetAll();
      for (const listener of forgotten) listener();
    },
    onForgetAll: (listener) => void forgotten.push(listener),
  };
}
