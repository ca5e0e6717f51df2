import { hash } from "node:crypto";
import { type Catalogue, completeStatus } from "../catalogue/index.js";
import type { FieldError } from "../errors.js";
import { newId } from "../ids.js";
import { EVENT_BOUNDS, EventInput } from "../schemas/event.js";
import { compileSchema } from "../schemas/validate.js";
import { type NewContent, newContent } from "../store/contents.js";
import type { ContentRef, EventBody, EventRow } from "../store/event-rows.js";
import { parseStatusTime } from "../time.js";
import type { Customer, OrderDetails } from "../types.js";

/** An event that was found valid, ready to be matched and written. */
export interface PreparedEvent {
  readonly row: EventRow;
  readonly contents: readonly NewContent[];
  readonly callbackUrls: readonly string[];
  readonly details: OrderDetails | null;
  readonly customer: Customer;
}

const validate = compileSchema(EventInput);

/** The faulty fields of an event as its schema sees them, before its customer is known. */
export function eventErrors(item: unknown, prefix: string): FieldError[] {
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    return [{ path: prefix, message: "must be an object: one status change" }];
  }
  return validate(item, prefix);
}

// base64 in RFC 4648's alphabet; partners send one space after the comma, and ends that are not padded.
const DATA_URI =
  /^data:[A-Za-z0-9][A-Za-z0-9.+-]*\/[A-Za-z0-9][A-Za-z0-9.+-]*(?:;[A-Za-z0-9=._+-]+)*;base64, ?[A-Za-z0-9+/]+={0,2}$/;
const MIB = 1024 * 1024;

function contentError(data: string): string | null {
  if (data.length > EVENT_BOUNDS.contentBytes) {
    return `is ${(data.length / MIB).toFixed(1)} MiB; at most ${EVENT_BOUNDS.contentBytes / MIB} MiB can be taken`;
  }
  return DATA_URI.test(data) ? null : "is not a data URI in base64 (data:image/png;base64,…)";
}

/** JSON with the members of every object in the order of their names: the same content gives the same text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, held: unknown) =>
    typeof held === "object" && held !== null && !Array.isArray(held)
      ? Object.fromEntries(Object.entries(held).sort(([a], [b]) => (a < b ? -1 : 1)))
      : held,
  );
}

/** Collects the contents of one event, checking each, and leaves their references. */
function takeContents(event: EventInput, prefix: string, errors: FieldError[]) {
  const contents: NewContent[] = [];
  const take = (data: string, path: string): ContentRef => {
    const message = contentError(data);
    if (message) {
      errors.push({ path: prefix + path, message });
      return { sha256: "", length: 0 };
    }
    const content = newContent(data);
    contents.push(content);
    return { sha256: content.sha256, length: content.length };
  };
  const signatures = event.signatures?.map(({ image, signedBy }, at) => ({
    image: take(image, `/signatures/${at}/image`),
    signedBy: signedBy ?? "",
  }));
  const pictures = event.pictures?.map((data, at) => take(data, `/pictures/${at}`));
  const documents = event.documents?.map((data, at) => take(data, `/documents/${at}`));
  return { contents, refs: { signatures, pictures, documents } };
}

const TEXTS = ["reference", "comment", "oldLead", "newLead", "verifier", "documentUrl", "source", "leg"] as const;
const PARTS = ["location", "reason", "replacement", "file"] as const;

function bodyOf(
  event: EventInput,
  descriptions: Readonly<Record<string, string>>,
  refs: ReturnType<typeof takeContents>["refs"],
): EventBody {
  const body: Record<string, unknown> = { descriptions };
  for (const name of TEXTS) if (event[name]) body[name] = event[name];
  for (const [name, list] of Object.entries(refs)) if (list && list.length > 0) body[name] = list;
  for (const name of PARTS) if (event[name]) body[name] = event[name];
  return body;
}

export interface PrepareContext {
  readonly catalogue: Catalogue;
  readonly defaultTimeZone: string;
  readonly now: number;
  /** Bytes that one event may have, pictures and details included. */
  readonly maxEventBytes: number;
}

/**
 * Completes a valid item: status and descriptions from the catalogue, the time in the customer's zone, pictures apart.
 * Faults go to `errors`, each with its path below `prefix`; the result is null then.
 */
export function prepareEvent(
  event: EventInput,
  customer: Customer,
  { catalogue, defaultTimeZone, now, maxEventBytes }: PrepareContext,
  prefix: string,
  errors: FieldError[],
): PreparedEvent | null {
  const before = errors.length;
  const statusTime = parseStatusTime(event.statusTime, customer.timeZone ?? defaultTimeZone);
  if (statusTime === null) {
    errors.push({
      path: `${prefix}/statusTime`,
      message: "is no time: write ISO 8601 (2023-07-19T11:06:49+02:00) or YYYYMMDDHHmmss",
    });
  }
  const completed = completeStatus(catalogue, event);
  if (!completed.ok) errors.push(...completed.errors.map(({ path, message }) => ({ path: prefix + path, message })));
  const { contents, refs } = takeContents(event, prefix, errors);
  const bytes = contents.reduce(
    (sum, { length }) => sum + length,
    event.details ? JSON.stringify(event.details).length : 0,
  );
  if (bytes > maxEventBytes) {
    const message = `is ${(bytes / MIB).toFixed(1)} MiB; an event may have ${maxEventBytes / MIB} MiB (MAX_EVENT_MIB)`;
    errors.push({ path: prefix, message });
  }
  if (errors.length > before || statusTime === null || !completed.ok) return null;
  const row: EventRow = {
    id: newId("evt"),
    customer: customer.id,
    externalId: event.id ?? null,
    contentHash: event.id === undefined ? "" : hash("sha256", canonical(event)),
    order: event.order,
    barcode: event.barcode ?? "",
    container: event.container ?? "",
    statusCode: event.statusCode,
    status: completed.status,
    statusTime,
    receivedAt: now,
    body: bodyOf(event, completed.descriptions, refs),
  };
  return { row, contents, callbackUrls: event.callbackUrls ?? [], details: event.details ?? null, customer };
}
