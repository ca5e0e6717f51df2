import { createHmac } from "node:crypto";
import { type Static, Type } from "typebox";
import { unsentSecret } from "../schemas/secret.js";
import type { OrderDetails, Status, StatusEvent } from "../types.js";
import { firstDescription } from "./descriptions.js";
import { newestFirst } from "./history.js";
import { jsonPayload, onlyEvent } from "./json-document.js";
import { givenTime, isoTime, spacedTime } from "./partner-time.js";
import { mapStatus, StatusMap } from "./status-map.js";
import type { Payload, RenderContext, Template } from "./template.js";

const OPTIONS = Type.Object(
  {
    email: Type.String({
      maxLength: 254,
      pattern: "^[^\\s@]+@[^\\s@]+$",
      description: "The e-mail address that the receiver's account is registered with: the key of the signature",
      ...unsentSecret,
    }),
    requireStatus200: Type.Optional(
      Type.Boolean({ description: '"Callback" in the document. true: only 200 means delivered; else any 2xx' }),
    ),
    language: Type.Optional(
      Type.String({
        maxLength: 35,
        pattern: "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
        description: "Language tag of the descriptions, en where absent; another serves where a status has none in it",
      }),
    ),
    statusMap: Type.Optional(StatusMap),
  },
  { additionalProperties: false },
);
type Options = Static<typeof OPTIONS>;

/** Where the map has none. The document's sample shows a delivery that failed as an exception. */
const STATUSES: Readonly<Record<Status, string>> = {
  PROCESSING: "transit",
  WARNING: "transit",
  DELIVERED: "delivered",
  NOTOK: "exception",
  CANCELLED: "exception",
};

const META = { code: 200, type: "Success", message: "Success" };
const DAY_MS = 24 * 3_600_000;
const TO_THE_MINUTE = "YYYY-MM-DD HH:mm".length;

/** One entry of `trackinfo`. */
function checkpointOf(event: StatusEvent, { language = "en", statusMap }: Options, timeZone: string) {
  const [primary = language] = language.split("-");
  const own = firstDescription(event.descriptions, [language, primary, "en"]);
  return {
    Date: spacedTime(event.statusTime, timeZone).slice(0, TO_THE_MINUTE),
    StatusDescription: mapStatus(statusMap, event)?.text ?? own,
    Details: event.location?.text ?? "",
  };
}

type Checkpoint = ReturnType<typeof checkpointOf>;

function legOf(carrier: OrderDetails["carrier"], trackinfo: readonly Checkpoint[]) {
  const { website = null, phone = null, code = null } = carrier ?? {};
  return { weblink: website, phone, carrier_code: code, trackinfo };
}

/**
 * Days begun from the first status until the delivery, or until this update where there is none: 17 days and 8 hours in
 * the document's sample are 18.
 */
function daysUnderWay(statuses: readonly StatusEvent[], updatedAt: number): number {
  const delivered = statuses.find(({ status }) => status === "DELIVERED");
  const first = statuses.at(-1)?.statusTime ?? updatedAt;
  return Math.max(0, Math.ceil(((delivered?.statusTime ?? updatedAt) - first) / DAY_MS));
}

/** Absent details are null or empty exactly where the document's sample has null or "". */
function dataOf(event: StatusEvent, options: Options, { details, history, timeZone }: RenderContext) {
  const statuses = newestFirst(event, history);
  const checkpoints = (destination: boolean) =>
    statuses
      .filter(({ leg }) => (leg === "destination") === destination)
      .map((status) => checkpointOf(status, options, timeZone));
  const [origin, destination] = [checkpoints(false), checkpoints(true)];
  // Of the origin, also where the destination's is newer, as in the sample.
  const last = origin[0] ?? destination[0];
  const createdAt = givenTime(details.createdAt, timeZone);
  return {
    id: event.order,
    tracking_number: details.trackingNumber ?? event.order,
    carrier_code: details.carrier?.code ?? null,
    status: mapStatus(options.statusMap, event)?.code ?? STATUSES[event.status],
    created_at: isoTime(createdAt ?? Math.min(...statuses.map(({ receivedAt }) => receivedAt)), timeZone),
    updated_at: isoTime(event.receivedAt, timeZone),
    title: details.title ?? "",
    order_id: details.customerOrderId ?? null,
    customer_name: details.recipient?.name ?? null,
    customer_email: details.recipient?.email ?? "",
    original_country: details.originCountry ?? "",
    destination_country: details.destinationCountry ?? "",
    itemTimeLength: daysUnderWay(statuses, event.receivedAt),
    origin_info: legOf(details.carrier, origin),
    destination_info: legOf(details.destinationCarrier, destination),
    lastEvent: [last?.StatusDescription, last?.Details, last?.Date].filter(Boolean).join(","),
  };
}

function render(
  events: readonly StatusEvent[],
  given: Readonly<Record<string, unknown>>,
  context: RenderContext,
): Payload {
  const event = onlyEvent(events, context, "TrackingMore");
  const options = given as Options;
  // The time of this attempt, not of the event: the signature shows when it was made, and a receiver may refuse old ones.
  const timeStr = Math.floor(context.now / 1000);
  const signature = createHmac("sha256", options.email).update(String(timeStr)).digest("hex");
  return jsonPayload(
    { meta: META, data: dataOf(event, options, context), verifyInfo: { timeStr, signature } },
    event,
    context,
  );
}

/** TrackingMore's "Webhook V2": the order with its history, signed over the time of sending. */
export const trackingmore: Template = {
  name: "trackingmore",
  label: "TrackingMore",
  optionsSchema: OPTIONS,
  formats: ["json"],
  maxEvents: 1,
  needs: { history: true, details: true },
  successCodes: ({ requireStatus200 }) => (requireStatus200 === true ? [200] : []),
  render,
};
