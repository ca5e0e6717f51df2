import { type Static, Type } from "typebox";
import { CallbackUrls, OrderDetails } from "./order.js";

/** The general statuses of a status change, as ON TIME's document lists them. */
export const STATUSES = ["PROCESSING", "DELIVERED", "CANCELLED", "WARNING", "NOTOK"] as const;
export type Status = (typeof STATUSES)[number];

export const StatusSchema = Type.Enum([...STATUSES]);

/** Bounds of one event in characters; a picture's or document's in bytes of its data URI. */
export const EVENT_BOUNDS = {
  id: 200,
  order: 200,
  statusCode: 100,
  text: 500,
  comment: 64 * 1024,
  contentBytes: 10 * 1024 * 1024,
  images: 100,
} as const;

const Name = (description: string) => Type.String({ maxLength: EVENT_BOUNDS.order, description });
const Text = (description?: string) =>
  Type.String({ maxLength: EVENT_BOUNDS.text, ...(description ? { description } : {}) });

/** Checked by `delivery/prepare.ts`, which names the bound in bytes; the schema only says that it is a string. */
const DataUri = Type.String({
  description: "data:<mime type>;base64,… of at most 10 MiB; a space after the comma is kept",
});

export const Descriptions = Type.Record(Type.String({ pattern: "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$" }), Text(), {
  additionalProperties: false,
  maxProperties: 50,
  description: "The status in words, by language tag",
});

/** One status change of one order, as the TMS posts it (DESIGN, "The status change"). */
export const EventInput = Type.Object(
  {
    id: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: EVENT_BOUNDS.id,
        description: "Unique per customer; the same again is a duplicate",
      }),
    ),
    customer: Type.String({ minLength: 1, maxLength: 100 }),
    order: Type.String({ minLength: 1, maxLength: EVENT_BOUNDS.order }),
    barcode: Type.Optional(Name("The barcode that the status applies to")),
    container: Type.Optional(Name("The container that the status applies to")),
    statusCode: Type.String({ minLength: 1, maxLength: EVENT_BOUNDS.statusCode }),
    status: Type.Optional(StatusSchema),
    statusTime: Type.String({
      maxLength: 40,
      description: "ISO 8601, or YYYYMMDDHHmmss in the customer's time zone",
    }),
    descriptions: Type.Optional(Descriptions),
    reference: Type.Optional(Text("The customer's reference of the order")),
    comment: Type.Optional(Type.String({ maxLength: EVENT_BOUNDS.comment })),
    oldLead: Type.Optional(Text()),
    newLead: Type.Optional(Text()),
    verifier: Type.Optional(Text()),
    signatures: Type.Optional(
      Type.Array(Type.Object({ image: DataUri, signedBy: Type.Optional(Text()) }, { additionalProperties: false }), {
        maxItems: EVENT_BOUNDS.images,
      }),
    ),
    pictures: Type.Optional(Type.Array(DataUri, { maxItems: EVENT_BOUNDS.images })),
    documents: Type.Optional(Type.Array(DataUri, { maxItems: EVENT_BOUNDS.images })),
    documentUrl: Type.Optional(Type.String({ maxLength: 2048, format: "uri" })),
    source: Type.Optional(Type.String({ maxLength: 100, description: "API, PORTAL, XLS or another name" })),
    location: Type.Optional(
      Type.Object(
        {
          text: Type.Optional(Text()),
          country: Type.Optional(Type.String({ maxLength: 100 })),
          latitude: Type.Optional(Type.Number({ minimum: -90, maximum: 90 })),
          longitude: Type.Optional(Type.Number({ minimum: -180, maximum: 180 })),
        },
        { additionalProperties: false },
      ),
    ),
    leg: Type.Optional(Type.String({ maxLength: 100 })),
    reason: Type.Optional(
      Type.Object(
        {
          code: Type.Optional(Type.String({ maxLength: EVENT_BOUNDS.statusCode })),
          text: Type.Optional(Text()),
          at: Type.Optional(Type.String({ maxLength: 40 })),
          state: Type.Optional(Type.String({ maxLength: 100 })),
        },
        { additionalProperties: false },
      ),
    ),
    replacement: Type.Optional(
      Type.Object(
        {
          trackingNumber: Type.String({ maxLength: 200 }),
          kind: Type.Optional(Type.Enum(["return", "replacement", "continuation"])),
        },
        { additionalProperties: false },
      ),
    ),
    file: Type.Optional(
      Type.Object(
        { id: Type.Union([Type.String({ maxLength: 200 }), Type.Integer()]) },
        { additionalProperties: false },
      ),
    ),
    callbackUrls: Type.Optional(CallbackUrls),
    details: Type.Optional(OrderDetails),
  },
  { additionalProperties: false, title: "Event" },
);
export type EventInput = Static<typeof EventInput>;
