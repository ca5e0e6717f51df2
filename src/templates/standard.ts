import { type Static, Type } from "typebox";
import { formatLocal } from "../time.js";
import type { Content, OrderDetails, StatusEvent } from "../types.js";
import { safeFileName } from "./file-name.js";
import { onlyEvent } from "./json-document.js";
import { utcTime } from "./partner-time.js";
import { bodyOf, type Segment } from "./segments.js";
import type { Payload, RenderContext, Template } from "./template.js";

const OPTIONS = Type.Object(
  {
    envelope: Type.Optional(
      Type.Enum(["standard", "cloudevents"], {
        default: "standard",
        description:
          "standard: type, timestamp and data, as Standard Webhooks; cloudevents: CloudEvents 1.0, structured",
      }),
    ),
    type: Type.Optional(
      Type.String({
        maxLength: 200,
        pattern: "^[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)*$",
        default: "order.status",
        description: "What the type begins with; the status follows in small letters: order.status.delivered",
      }),
    ),
    source: Type.Optional(
      Type.String({
        maxLength: 500,
        format: "uri",
        description: "source of CloudEvents; left out, urn:waybell: and the customer",
      }),
    ),
    details: Type.Optional(
      Type.Boolean({ default: false, description: "What is known of the order, as data.details" }),
    ),
    attachments: Type.Optional(
      Type.Boolean({ default: true, description: "Signatures, pictures and documents, as data URIs" }),
    ),
  },
  { additionalProperties: false },
);
type Options = Static<typeof OPTIONS>;

// What a string of CloudEvents must not hold (CloudEvents 1.0, "Type System"): controls, non-characters, lone surrogates.
const NOT_IN_CLOUDEVENTS = /[\p{Cc}\p{Noncharacter_Code_Point}\p{Surrogate}]/gu;

/** The event under the names of `GET /v1/events/{id}`, less what is large. */
function factsOf(event: StatusEvent, details: OrderDetails | undefined) {
  const { id, externalId, customer, order, barcode, container, statusCode, status } = event;
  const { descriptions, reference, comment, oldLead, newLead, verifier, documentUrl, source } = event;
  const { location, leg, reason, replacement, file } = event;
  return {
    ...{ id, externalId, customer, order, barcode, container, statusCode, status },
    statusTime: utcTime(event.statusTime),
    receivedAt: utcTime(event.receivedAt),
    ...{ descriptions, reference, comment, oldLead, newLead, verifier, documentUrl, source },
    ...{ location, leg, reason, replacement, file, details },
  };
}

/** A list of JSON whose members may hold contents. */
function list<T>(name: string, items: readonly T[], member: (item: T) => Segment[]): Segment[] {
  return [`,"${name}":[`, ...items.flatMap((item, at) => [at > 0 ? "," : "", ...member(item)]), "]"];
}

function attachmentsOf({ signatures, pictures, documents }: StatusEvent): Segment[] {
  const uri = (content: Content): Segment[] => ['"', content, '"'];
  return [
    ...list("signatures", signatures, ({ image, signedBy }) => [
      '{"image":',
      ...uri(image),
      `,"signedBy":${JSON.stringify(signedBy)}}`,
    ]),
    ...list("pictures", pictures, uri),
    ...list("documents", documents, uri),
  ];
}

/** All that stands before the data, and the content type. */
function envelopeOf(event: StatusEvent, { envelope, type: prefix = "order.status", source }: Options) {
  const type = `${prefix}.${event.status.toLowerCase()}`;
  const time = utcTime(event.statusTime);
  if (envelope !== "cloudevents") return { contentType: "application/json", head: { type, timestamp: time } };
  const head = {
    specversion: "1.0",
    // The event's, not the delivery's: source and id together say what is the same event (CloudEvents 1.0, "id").
    id: event.id,
    source: source ?? `urn:waybell:${event.customer}`,
    type,
    time,
    subject: event.order.replace(NOT_IN_CLOUDEVENTS, "\uFFFD"),
    datacontenttype: "application/json",
  };
  return { contentType: "application/cloudevents+json", head };
}

function render(
  events: readonly StatusEvent[],
  given: Readonly<Record<string, unknown>>,
  context: RenderContext,
): Payload {
  const event = onlyEvent(events, context, "The template standard");
  const { target, timeZone, details } = context;
  const options = given as Options;
  const { contentType, head } = envelopeOf(event, options);
  const facts = JSON.stringify(factsOf(event, options.details ? details : undefined)).slice(0, -1);
  const attachments = options.attachments === false ? [] : attachmentsOf(event);
  const name = () => safeFileName([event.order, event.statusCode, formatLocal(event.statusTime, timeZone)], "json");
  return {
    contentType,
    body: bodyOf([`${JSON.stringify(head).slice(0, -1)},"data":${facts}`, ...attachments, "}}"]),
    ...(target === "file" ? { fileName: name() } : {}),
  };
}

/** The event as JSON, in the form of Standard Webhooks or of CloudEvents 1.0. */
export const standard: Template = {
  name: "standard",
  label: "Standard Webhooks or CloudEvents",
  optionsSchema: OPTIONS,
  formats: ["json"],
  maxEvents: 1,
  needs: ({ details }) => ({ history: false, details: details === true }),
  render,
};
