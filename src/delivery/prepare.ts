import { hash } from "node:crypto";
import { type Catalogue, completeStatus } from "../catalogue/index.js";
import type { FieldError } from "../errors.js";
import { newId } from "../ids.js";
import { EVENT_BOUNDS, EventInput } from "../schemas/event.js";
import { fault } from "../schemas/rules/rules.js";
import { compileSchema } from "../schemas/validate.js";
import { type NewContent, newContent } from "../store/contents.js";
import type { ContentRef, EventBody, EventRow } from "../store/event-rows.js";
import { parseStatusTime } from "../time.js";
import type { TraceContext } from "../tracing.js";
import type { Customer, OrderDetails } from "../types.js";
import { isDataUri } from "./data-uri.js";
import { HASHED_PARTS } from "./differences.js";
import { callbackErrors, isObject, type Registry } from "./settings-check.js";

/** An event that was found valid, ready to be matched and written. */
export interface PreparedEvent {
  readonly row: EventRow;
  readonly contents: readonly NewContent[];
  readonly callbackUrls: readonly string[];
  readonly details: OrderDetails | null;
  readonly customer: Customer;
}

const validate = compileSchema(EventInput);

const HALF_CHARACTER = /\p{Surrogate}/u;
const MIB = 1024 * 1024;

function contentError(data: string): string | null {
  if (data.length > EVENT_BOUNDS.contentBytes) {
    return `is ${(data.length / MIB).toFixed(1)} MiB; at most ${EVENT_BOUNDS.contentBytes / MIB} MiB can be taken`;
  }
  return isDataUri(data) ? null : "is not a data URI in base64 (data:image/png;base64,…)";
}

/** JSON with the members of every object in the order of their names: the same content gives the same text. */
function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const object = value as Readonly<Record<string, unknown>>;
  const members = Object.keys(object)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(object[name])}`);
  return `{${members.join(",")}}`;
}

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value.slice(0, EVENT_BOUNDS.images) : [];

/** Of all that was posted, then of each part that the row does not keep: so that a conflict can name what differs. */
function contentHash(event: EventInput): string {
  const parts = [event, ...HASHED_PARTS.map((name) => event[name])];
  return parts.map((part) => (part === undefined ? "" : hash("sha256", canonical(part)))).join(".");
}

/** Collects the contents of one item, checking each that is a text, and leaves their references. */
function takeContents(item: Readonly<Record<string, unknown>>, prefix: string, errors: FieldError[]) {
  const contents: NewContent[] = [];
  const take = (data: unknown, path: string): ContentRef => {
    const none = { sha256: "", length: 0, mediaType: "", base64At: 0 };
    if (typeof data !== "string") return none;
    const message = contentError(data);
    if (message) {
      errors.push({ path: prefix + path, message });
      return none;
    }
    const content = newContent(data);
    contents.push(content);
    const { data: _data, ...ref } = content;
    return ref;
  };
  const signatures = listOf(item.signatures).map((signature, at) => {
    const { image, signedBy } = isObject(signature) ? signature : {};
    return { image: take(image, `/signatures/${at}/image`), signedBy: typeof signedBy === "string" ? signedBy : "" };
  });
  const pictures = listOf(item.pictures).map((data, at) => take(data, `/pictures/${at}`));
  const documents = listOf(item.documents).map((data, at) => take(data, `/documents/${at}`));
  return { contents, refs: { signatures, pictures, documents } };
}

const TEXTS = ["reference", "comment", "oldLead", "newLead", "verifier", "documentUrl", "source", "leg"] as const;
const PARTS = ["location", "reason", "replacement", "file"] as const;

function bodyOf(
  event: EventInput,
  descriptions: Readonly<Record<string, string>>,
  refs: ReturnType<typeof takeContents>["refs"],
  trace: TraceContext | undefined,
): EventBody {
  const body: Record<string, unknown> = { descriptions };
  for (const name of TEXTS) if (event[name]) body[name] = event[name];
  for (const [name, list] of Object.entries(refs)) if (list.length > 0) body[name] = list;
  for (const name of PARTS) if (event[name]) body[name] = event[name];
  if (trace) body.trace = trace;
  return body;
}

export interface PrepareContext {
  readonly catalogue: Catalogue;
  readonly registry: Registry;
  readonly defaultTimeZone: string;
  readonly now: number;
  /** Bytes that one event may have, pictures and details included. */
  readonly maxEventBytes: number;
  /** Of the request that publishes it. */
  readonly trace?: TraceContext | undefined;
}

/** The customer that an item names, whatever else is wrong with it. */
export function customerNamed(item: unknown): string | null {
  return isObject(item) && typeof item.customer === "string" ? item.customer : null;
}

/** The members that the schema finds no fault in: what can be looked up of an item that is faulty elsewhere. */
function soundMembers(item: Record<string, unknown>, prefix: string, faults: readonly FieldError[]) {
  if (faults.length === 0) return item as Partial<EventInput>;
  const faulty = new Set(faults.map(({ path }) => path.slice(prefix.length).split("/")[1]));
  return Object.fromEntries(Object.entries(item).filter(([name]) => !faulty.has(name))) as Partial<EventInput>;
}

/** Status and descriptions; null when they cannot be told. A member that is faulty itself is not missed as well. */
function statusOf(
  item: object,
  sound: Partial<EventInput>,
  catalogue: Catalogue,
  prefix: string,
  errors: FieldError[],
) {
  const { statusCode, status, descriptions } = sound;
  if (statusCode === undefined) return null;
  const completed = completeStatus(catalogue, { statusCode, status, descriptions });
  if (completed.ok) return completed;
  for (const error of completed.errors) {
    const name = error.path.slice(1);
    if (!Object.hasOwn(item, name) || Object.hasOwn(sound, name)) {
      errors.push({ ...error, path: prefix + error.path });
    }
  }
  return null;
}

function timeOf({ statusTime }: Partial<EventInput>, timeZone: string, prefix: string, errors: FieldError[]) {
  if (statusTime === undefined) return null;
  const time = parseStatusTime(statusTime, timeZone);
  if (time === null) errors.push(fault(`${prefix}/statusTime`, "no_status_time"));
  return time;
}

/**
 * Checks and completes an item: status and descriptions from the catalogue, the time in the customer's zone, pictures
 * apart. Every faulty field goes to `errors`, with its path below `prefix`; the result is null then.
 */
export function prepareEvent(
  item: unknown,
  customers: ReadonlyMap<string, Customer>,
  { catalogue, registry, defaultTimeZone, now, maxEventBytes, trace }: PrepareContext,
  prefix: string,
  errors: FieldError[],
): PreparedEvent | null {
  const before = errors.length;
  if (!isObject(item)) {
    errors.push(fault(prefix, "event_object"));
    return null;
  }
  errors.push(...validate(item, prefix));
  const sound = soundMembers(item, prefix, errors.slice(before));
  const customer = customers.get(sound.customer ?? "");
  if (!customer && sound.customer !== undefined) {
    errors.push(fault(`${prefix}/customer`, "unknown_customer", { customer: sound.customer }));
  }
  // The database keeps U+FFFD in its place: the same id again would not be found.
  if (sound.id && HALF_CHARACTER.test(sound.id)) {
    errors.push(fault(`${prefix}/id`, "half_character"));
  }
  const statusTime = timeOf(sound, customer?.timeZone ?? defaultTimeZone, prefix, errors);
  const completed = statusOf(item, sound, catalogue, prefix, errors);
  errors.push(...callbackErrors(sound.callbackUrls ?? [], registry, `${prefix}/callbackUrls`));
  const { contents, refs } = takeContents(item, prefix, errors);
  const detailBytes = sound.details ? JSON.stringify(sound.details).length : 0;
  const bytes = contents.reduce((sum, { length }) => sum + length, detailBytes);
  if (bytes > maxEventBytes) {
    const message = `is ${(bytes / MIB).toFixed(1)} MiB; an event may have ${maxEventBytes / MIB} MiB (MAX_EVENT_MIB)`;
    errors.push({ path: prefix, message });
  }
  if (errors.length > before || !customer || statusTime === null || !completed) return null;
  // Nothing was found wrong: the item is what its schema says.
  const event = item as EventInput;
  const row: EventRow = {
    id: newId("evt"),
    customer: customer.id,
    externalId: event.id ?? null,
    contentHash: event.id === undefined ? "" : contentHash(event),
    order: event.order,
    barcode: event.barcode ?? "",
    container: event.container ?? "",
    statusCode: event.statusCode,
    status: completed.status,
    statusTime,
    receivedAt: now,
    body: bodyOf(event, completed.descriptions, refs, trace),
  };
  return { row, contents, callbackUrls: event.callbackUrls ?? [], details: event.details ?? null, customer };
}
