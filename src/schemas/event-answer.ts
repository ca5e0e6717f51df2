import { type TSchema, Type } from "typebox";
import { EventInput, StatusSchema } from "./event.js";
import { Instant } from "./paging.js";

const Maybe = (schema: TSchema) => Type.Union([schema, Type.Null()]);
const given = EventInput.properties;

const ContentAnswer = Type.Object(
  {
    sha256: Type.String(),
    length: Type.Integer({ description: "Bytes of the data URI" }),
    mediaType: Type.String({ description: "Such as image/png" }),
  },
  { title: "Content" },
);

const head = {
  id: Type.String(),
  externalId: Maybe(Type.String({ description: "The `id` it was published with" })),
  customer: Type.String(),
  order: Type.String(),
  barcode: Type.String(),
  container: Type.String(),
  statusCode: Type.String(),
  status: StatusSchema,
  statusTime: Instant,
  receivedAt: Instant,
  payloadForgottenAt: Type.Optional(
    Type.String({ format: "date-time", description: "When its pictures, documents and comment were forgotten" }),
  ),
};

/** A status change as it was taken: completed from the catalogue, pictures by reference, texts that were not given empty. */
export const EventAnswer = Type.Object(
  {
    ...head,
    descriptions: Type.Record(Type.String(), Type.String()),
    reference: Type.String(),
    comment: Type.String(),
    oldLead: Type.String(),
    newLead: Type.String(),
    verifier: Type.String(),
    signatures: Type.Array(Type.Object({ image: ContentAnswer, signedBy: Type.String() })),
    pictures: Type.Array(ContentAnswer),
    documents: Type.Array(ContentAnswer),
    documentUrl: Type.String(),
    source: Type.String(),
    location: Maybe(given.location),
    leg: Type.String(),
    reason: Maybe(given.reason),
    replacement: Maybe(given.replacement),
    file: Maybe(given.file),
  },
  { title: "StatusEvent" },
);
