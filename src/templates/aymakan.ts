import { type Static, Type } from "typebox";
import type { FieldError } from "../errors.js";
import { fault } from "../schemas/rules/rules.js";
import type { Status, StatusEvent } from "../types.js";
import { firstDescription } from "./descriptions.js";
import { newestFirst } from "./history.js";
import { jsonPayload, onlyEvent } from "./json-document.js";
import { givenTime, spacedTime, utcTime } from "./partner-time.js";
import { mapStatus, StatusMap } from "./status-map.js";
import type { Payload, RenderContext, Template, TestInput } from "./template.js";

const OPTIONS = Type.Object(
  {
    document: Type.Optional(
      Type.Enum(["short", "full"], { description: "full where absent: the short one's members, and the shipment" }),
    ),
    timeZone: Type.Optional(
      Type.String({ format: "time-zone", description: "Of the account's local times; Asia/Riyadh where absent" }),
    ),
    statusMap: Type.Optional(StatusMap),
  },
  { additionalProperties: false },
);
type Options = Static<typeof OPTIONS>;

/** What the document calls its codes, where the map has no text. */
const LABELS: ReadonlyMap<string, string> = new Map([
  ["AY-0003", "Received at Warehouse"],
  ["AY-0005", "Delivered"],
  ["AY-0006", "Not Delivered"],
  ["AY-0032", "Pending"],
]);
const NOT_DELIVERED = "AY-0006";
const PENDING = "AY-0032";
const WITH_REASON: readonly string[] = [NOT_DELIVERED, PENDING];

const textOf = ({ descriptions }: StatusEvent, ...languages: string[]) => firstDescription(descriptions, languages);

function codeOf(event: Pick<StatusEvent, "status" | "statusCode">, { statusMap }: Options): string {
  return mapStatus(statusMap, event)?.code ?? event.statusCode;
}

function labelOf(event: StatusEvent, options: Options): string {
  return mapStatus(options.statusMap, event)?.text ?? LABELS.get(codeOf(event, options)) ?? textOf(event, "en");
}

/**
 * Empty for all other statuses: "If status is different, then this field will be empty". Empty too where the event gives
 * none: only the partner's tester demands one, and a status must not be lost for want of a reason.
 */
function reasonOf(event: StatusEvent, options: Options) {
  const code = codeOf(event, options);
  if (!event.reason || !WITH_REASON.includes(code)) return { code: "", text: "" };
  const { code: own = "", text = "" } = event.reason;
  // "Reasons codes are basically the status codes": the same map serves them, by code only.
  const codes = options.statusMap?.codes ?? {};
  const mapped = Object.hasOwn(codes, own) ? codes[own] : undefined;
  return { code: mapped?.code ?? own, text: text || (mapped?.text ?? "") };
}

/** UTC with the six digits of a second that the samples have. */
const utcMicros = (ms: number): string => utcTime(ms).replace("Z", "000Z");

function shortOf(event: StatusEvent, options: Options, { details }: RenderContext) {
  const reason = reasonOf(event, options);
  return {
    tracking: details.trackingNumber ?? event.order,
    reference: event.reference || (details.reference ?? ""),
    status: codeOf(event, options),
    description: labelOf(event, options),
    reason: reason.code,
    reason_description: reason.text,
  };
}

function shippingOf(event: StatusEvent, options: Options, context: RenderContext, top: ReturnType<typeof shortOf>) {
  const { details } = context;
  const { account, recipient, sender } = details;
  const { timeZone = "Asia/Riyadh" } = options;
  const statuses = newestFirst(event, context.history);
  // What the details do not say is read from the newest status of that code.
  const timeOf = (text: string | undefined, code: string) =>
    givenTime(text, context.timeZone) ?? statuses.find((status) => codeOf(status, options) === code)?.statusTime;
  const delivered = timeOf(details.deliveredAt, "AY-0005");
  const pickedUp = timeOf(details.pickedUpAt, "AY-0002");
  const received = timeOf(details.receivedAt, "AY-0003");
  return {
    tracking_number: top.tracking,
    reference: top.reference,
    status: top.status,
    status_label: top.description,
    // Null where the top has "".
    reason_en: top.reason_description || null,
    reason_code: top.reason || null,
    delivery_name: recipient?.name ?? null,
    delivery_email: recipient?.email ?? null,
    delivery_city: recipient?.city ?? null,
    delivery_address: recipient?.address ?? null,
    delivery_postcode: recipient?.postcode ?? null,
    delivery_country: recipient?.country ?? null,
    delivery_phone: recipient?.phone ?? null,
    delivery_description: details.title ?? recipient?.instructions ?? null,
    collection_name: sender?.name ?? null,
    collection_email: sender?.email ?? null,
    collection_city: sender?.city ?? null,
    collection_address: sender?.address ?? null,
    delivery_date: delivered === undefined ? null : utcMicros(delivered),
    is_reverse_pickup: details.isReturn ? 1 : 0,
    pickup_date: pickedUp === undefined ? null : utcMicros(pickedUp),
    received_at: received === undefined ? null : spacedTime(received, timeZone),
    cod_amount: details.codAmount ?? null,
    collection_neighbourhood: sender?.neighbourhood ?? null,
    delivery_neighbourhood: recipient?.neighbourhood ?? null,
    pieces: details.pieces ?? null,
    id_customer: account?.number ?? null,
    weight: details.weight ?? null,
    payment_method: details.paymentMethod ?? null,
    customer_name: account?.name ?? null,
    tracking_info: statuses.map((status) => ({
      status_code: codeOf(status, options),
      description: textOf(status, "en") || labelOf(status, options),
      description_ar: textOf(status, "ar", "en") || labelOf(status, options),
      created_at: spacedTime(status.statusTime, timeZone),
    })),
  };
}

function render(
  events: readonly StatusEvent[],
  given: Readonly<Record<string, unknown>>,
  context: RenderContext,
): Payload {
  const event = onlyEvent(events, context, "AyMakan");
  const options = given as Options;
  const short = shortOf(event, options, context);
  if (options.document === "short") return jsonPayload(short, event, context);
  const carrier = context.details.carrier?.code ?? "";
  const shipping = shippingOf(event, options, context, short);
  return jsonPayload({ ...short, carrier, date_time: utcMicros(event.statusTime), shipping }, event, context);
}

/** "All inputs are required", and a reason why it was not delivered, says the document of its webhook tester. */
function testErrors(given: TestInput, options: Readonly<Record<string, unknown>>): FieldError[] {
  const names = { order: "the tracking number", reference: "the reference number", statusCode: "the status" };
  const missing = Object.entries(names).filter(([name]) => given[name] === undefined || given[name] === "");
  const errors = missing.map(([name, what]) => fault(`/${name}`, "partner_needs", { thing: what }));
  const status = typeof given.status === "string" ? given.status : "PROCESSING";
  const code = codeOf({ statusCode: String(given.statusCode), status: status as Status }, options);
  const { code: reason } = (given.reason ?? {}) as { code?: unknown };
  if (code !== NOT_DELIVERED || reason) return errors;
  return [...errors, fault("/reason/code", "partner_needs", { thing: "why the shipment was not delivered" })];
}

/** AyMakan's web hook: the status alone, or with the shipment and its history. */
export const aymakan: Template = {
  name: "aymakan",
  label: "AyMakan",
  optionsSchema: OPTIONS,
  formats: ["json"],
  maxEvents: 1,
  needs: { history: true, details: true },
  testErrors,
  render,
};
