import { PORTAL_OFF, type User } from "../account-types.js";
import { bareSettings, type EndpointSettings, maskSettings, type Registry } from "../delivery/settings.js";
import { mapTemplateSecrets } from "../delivery/settings-patch.js";
import { type FieldError, InputError } from "../errors.js";
import type { Purge } from "../purge-types.js";
import { fault } from "../schemas/rules/rules.js";
import { SECRET_MASK } from "../schemas/secret.js";
import { parseStatusTime } from "../time.js";
import type { ApiKey, Attempt, AuditEntry, Customer, Endpoint, OrderRecord } from "../types.js";
import type { Page } from "./page.js";
import type { Cause, DeliveryView, EventView, HeldLane } from "./services.js";
import type { MadeLink } from "./services-admin.js";

const instant = (ms: number): string => new Date(ms).toISOString();
export const maybeInstant = (ms: number | null): string | null => (ms === null ? null : instant(ms));

/** Latest moment that a date can hold: what is due later is parked and never due. */
const END_OF_TIME = 8_640_000_000_000_000;

/** A page of a list, each item as answers show it. */
export function pageAnswer<T>({ items, next, searchedTo }: Page<T>, show: (item: T) => unknown): object {
  return { items: items.map(show), next, ...(searchedTo === undefined ? {} : { searchedTo: instant(searchedTo) }) };
}

export function customerAnswer(customer: Customer, registry: Registry): unknown {
  const { callbackTemplate: template } = customer;
  // Where nobody can tell which options are secret, none is shown.
  const callbackTemplate = registry.templateOf(template.name)
    ? mapTemplateSecrets(template, registry, () => SECRET_MASK)
    : { name: template.name, options: {} };
  const times = { createdAt: instant(customer.createdAt), updatedAt: instant(customer.updatedAt) };
  const { retentionDays = null, payloadDays = null, portal = PORTAL_OFF } = customer;
  return { ...customer, callbackTemplate, retentionDays, payloadDays, portal, ...times };
}

function masked(endpoint: Endpoint, registry: Registry): object {
  const settings = endpoint.settings as EndpointSettings;
  const known = registry.transportOf(settings.transport.type) && registry.templateOf(settings.template.name);
  // Where nobody can tell which options are secret, none is shown.
  return known ? maskSettings(settings, registry) : bareSettings(settings);
}

function publicKeys({ transport }: Endpoint, registry: Registry): unknown[] {
  const keys = registry.transportOf(transport.type)?.signing?.publicKeys(transport) ?? [];
  return keys.map(({ key, until }) => ({ key, until: maybeInstant(until) }));
}

const restingAnswer = ({ held, quietUntil, disablesAt }: Resting) => ({
  held: held && { reason: held.reason, since: instant(held.since) },
  quietUntil: maybeInstant(quietUntil),
  disablesAt: maybeInstant(disablesAt),
});

/** What keeps an active endpoint from being sent to: null: nothing. */
export interface Resting {
  readonly held: HeldLane | null;
  /** Epoch ms: until when its quiet hours go on. */
  readonly quietUntil: number | null;
  /** Epoch ms: when it is disabled, as it has failed for days. */
  readonly disablesAt: number | null;
}

/** `resting`: left out where nobody has looked. */
export function endpointAnswer(endpoint: Endpoint, registry: Registry, resting?: Resting): unknown {
  const { id, customer, order, origin, state, stateReason, version, createdAt, updatedAt } = endpoint;
  return {
    id,
    customer,
    order,
    origin,
    state,
    stateReason,
    ...(resting && restingAnswer(resting)),
    publicKeys: publicKeys(endpoint, registry),
    version,
    createdAt: instant(createdAt),
    updatedAt: instant(updatedAt),
    ...masked(endpoint, registry),
  };
}

export function userAnswer(user: User) {
  const { createdAt, disabledAt, lastSignedInAt } = user;
  const times = { createdAt: instant(createdAt), disabledAt: maybeInstant(disabledAt) };
  return { ...user, ...times, lastSignedInAt: maybeInstant(lastSignedInAt) };
}

export const linkAnswer = ({ link, linkExpiresAt, mailed }: MadeLink) => ({
  link,
  linkExpiresAt: instant(linkExpiresAt),
  mailed,
});

export function orderAnswer(order: OrderRecord, endpoints: readonly Endpoint[], registry: Registry): unknown {
  return {
    customer: order.customer,
    order: order.order,
    ...order.details,
    callbackUrls: order.callbackUrls,
    endpoints: endpoints.map((endpoint) => endpointAnswer(endpoint, registry)),
    firstSeenAt: instant(order.createdAt),
    changedAt: instant(order.updatedAt),
  };
}

export function purgeAnswer(purge: Purge): unknown {
  const { emptiedAt, finishedAt, requestedAt } = purge;
  const state = finishedAt !== null ? "done" : emptiedAt !== null ? "emptied" : "running";
  const times = { requestedAt: instant(requestedAt), emptiedAt: maybeInstant(emptiedAt) };
  return { ...purge, state, ...times, finishedAt: maybeInstant(finishedAt) };
}

export function eventAnswer(event: EventView): unknown {
  const { payloadForgottenAt: at, statusTime, receivedAt } = event;
  const forgotten = at === undefined ? {} : { payloadForgottenAt: instant(at) };
  return { ...event, statusTime: instant(statusTime), receivedAt: instant(receivedAt), ...forgotten };
}

export function deliveryAnswer(delivery: DeliveryView): Record<string, unknown> {
  const { id, eventId, endpointId, customer, order, state, reason, fault, lastError, attempts, fileName } = delivery;
  const waits = (state === "pending" || state === "sending") && delivery.dueAt <= END_OF_TIME;
  return {
    id,
    eventId,
    endpointId,
    endpointName: delivery.endpointName,
    transport: delivery.transport,
    customer,
    order,
    state,
    reason,
    fault,
    code: delivery.code,
    lastError,
    attempts,
    createdAt: instant(delivery.createdAt),
    dueAt: waits ? instant(delivery.dueAt) : null,
    finishedAt: maybeInstant(delivery.finishedAt),
    fileName,
    waitsFor: state === "pending" ? delivery.waitsFor : null,
    overtook: delivery.overtook,
    supersededBy: delivery.supersededBy,
    event: { ...delivery.event, statusTime: instant(delivery.event.statusTime) },
  };
}

export function causeAnswer({ newestAt, oldestAt, ...cause }: Cause): unknown {
  return { ...cause, newestAt: instant(newestAt), oldestAt: instant(oldestAt) };
}

export function tryAnswer(attempt: Omit<Attempt, "deliveryId" | "number" | "late">): Record<string, unknown> {
  const { headers, ...rest } = attempt;
  const named = headers?.flatMap((name, at) => (at % 2 === 0 ? [{ name, value: headers[at + 1] ?? "" }] : []));
  return { ...rest, startedAt: instant(attempt.startedAt), ...(named ? { headers: named } : {}) };
}

export function attemptAnswer({ deliveryId: _delivery, forgottenAt, ...attempt }: Attempt): unknown {
  const forgotten = forgottenAt === undefined ? {} : { forgottenAt: instant(forgottenAt) };
  return { number: attempt.number, ...tryAnswer(attempt), ...forgotten };
}

export function keyAnswer(key: ApiKey): Record<string, unknown> {
  return {
    ...key,
    createdAt: instant(key.createdAt),
    expiresAt: maybeInstant(key.expiresAt),
    lastUsedAt: maybeInstant(key.lastUsedAt),
    revokedAt: maybeInstant(key.revokedAt),
  };
}

export function auditAnswer({ id, at, keyId, keyName, role, ...entry }: AuditEntry): unknown {
  return { id, at: instant(at), key: { id: keyId, name: keyName, role }, ...entry };
}

/** The moment of a text that came from outside; undefined stays so. Adds to `errors` when it is none. */
export function momentOf(text: string | undefined, path: string, errors: FieldError[]): number | undefined {
  if (text === undefined) return undefined;
  // The plus of an offset that was not escaped in a query string arrives as a space.
  const forms = [text, `${text}T00:00:00`, text.replace(/ (?=\d\d:?\d\d$)/, "+")];
  const moment = forms.reduce<number | null>((found, form) => found ?? parseStatusTime(form, "UTC"), null);
  if (moment === null) errors.push(fault(path, "no_time", { example: "2023-07-19T11:06:49Z" }));
  return moment ?? undefined;
}

/** What was looked up; throws a 404 where there is nothing. */
export function found<T>(value: T | null, what: string, id: string): T {
  if (value === null) throw InputError.notFound(what, id);
  return value;
}
