import { type Static, Type } from "typebox";
import { StatusSchema } from "./event.js";
import { Instant } from "./paging.js";

export const DELIVERY_STATES = ["pending", "sending", "delivered", "failed", "canceled"] as const;
export const FAULTS = ["internal", "config", "connection", "ambiguous", "response"] as const;

const Maybe = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

const DeliveryStateSchema = Type.Enum([...DELIVERY_STATES]);
export const FaultSchema = Type.Enum([...FAULTS], {
  description:
    "Whose fault a failure is: internal (Waybell), config (the setting), connection (nothing was sent), ambiguous (sent, but no answer came), response (the receiver said no)",
});

/** One event for one endpoint, as answers show it. */
export const DeliveryAnswer = Type.Object(
  {
    id: Type.String({ description: "What the receiver sees as webhook-id, the same on every retry" }),
    eventId: Type.String(),
    endpointId: Type.String(),
    customer: Type.String(),
    order: Type.String(),
    state: DeliveryStateSchema,
    reason: Type.String({ description: "Of failed and canceled: why" }),
    fault: Maybe(FaultSchema, "Of the last attempt that failed"),
    lastError: Type.String(),
    attempts: Type.Integer(),
    createdAt: Instant,
    dueAt: Maybe(Instant, "Of pending: when it is tried next, at the earliest"),
    finishedAt: Maybe(Instant, "When it was delivered, failed or canceled"),
    fileName: Maybe(Type.String(), "The name given to its file"),
    waitsFor: Maybe(Type.String(), "Of pending, with limits.order per-order: the earlier delivery that it waits for"),
    overtook: Maybe(Type.String(), "It was sent although this earlier delivery was not done: overtakeAfter had passed"),
    supersededBy: Maybe(Type.String(), "Of canceled, with limits.order latest-only: the later delivery"),
    event: Type.Object({
      externalId: Maybe(Type.String(), "The id that it was published with"),
      barcode: Type.String(),
      container: Type.String(),
      statusCode: Type.String(),
      status: StatusSchema,
      statusTime: Instant,
    }),
  },
  { title: "Delivery" },
);

const SentAnswer = Type.Object(
  {
    contentType: Type.String(),
    body: Type.String({ description: "Pictures by reference: [sha256:… N bytes]" }),
    sha256: Type.String(),
    bytes: Type.Integer(),
    fileName: Maybe(Type.String(), "Of files"),
  },
  { title: "SentPayload" },
);

const tryFields = {
  startedAt: Instant,
  durationMs: Type.Number(),
  outcome: Type.Enum(["delivered", "retry", "held", "failed", "split"], {
    description: "split: refused as a whole, and sent again in halves at once",
  }),
  fault: Maybe(FaultSchema, "null: none"),
  code: Type.String({ description: "Such as 200, http_500, dns, ftp_550" }),
  detail: Type.String(),
  transport: Type.String(),
  address: Type.String({ description: "Where it went, without secrets" }),
  sent: Maybe(SentAnswer, "null: nothing was sent"),
  response: Type.String({ description: "The first KiBs of what came back" }),
  timings: Type.Record(Type.String(), Type.Number(), { description: "Milliseconds of each step" }),
};

/** One try to send one delivery. */
export const AttemptAnswer = Type.Object(
  {
    number: Type.Integer({ minimum: 1 }),
    ...tryFields,
    batch: Type.Optional(
      Type.Object(
        { id: Type.String(), events: Type.Integer({ minimum: 1 }) },
        { description: "The events that went out in one request, and its webhook-id" },
      ),
    ),
    forgottenAt: Type.Optional(
      Type.String({ format: "date-time", description: "When what was sent and what came back were forgotten" }),
    ),
    overtook: Type.Optional(Type.String({ description: "The earlier delivery that was not done when this was sent" })),
    late: Type.Boolean({ description: "It ended after its claim was lost, and decided nothing" }),
  },
  { title: "Attempt" },
);

export const TestAnswer = Type.Object(
  {
    ok: Type.Boolean({ description: "It arrived" }),
    message: Type.String({ description: "Data sent successfully, or what went wrong" }),
    attempt: Type.Object(tryFields, { title: "TestAttempt" }),
  },
  { title: "TestResult" },
);

export const DeliveryWithAttempts = Type.Object(
  { ...DeliveryAnswer.properties, attemptList: Type.Array(AttemptAnswer, { description: "The first one first" }) },
  { title: "DeliveryWithAttempts" },
);

const Moment = (description: string) =>
  Type.Optional(Type.String({ maxLength: 40, description: `${description} (ISO 8601; without an offset: UTC)` }));
const Id = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 100, description }));
const filterFields = {
  customer: Id("Its id"),
  endpoint: Id("Its id"),
  event: Id("Its id"),
  order: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  from: Moment("Made at or after it"),
  to: Moment("Made before it"),
};

/** Which deliveries; all that are given must agree. */
export const deliveryFilter = {
  ...filterFields,
  state: Type.Optional(DeliveryStateSchema),
  fault: Type.Optional(FaultSchema),
};
export const DeliveryFilterInput = Type.Object(deliveryFilter, {
  additionalProperties: false,
  title: "DeliveryFilter",
  description: "All that is given must agree",
});
export type DeliveryFilterInput = Static<typeof DeliveryFilterInput>;

/** What changes many deliveries. */
export const ChangeByFilter = Type.Object(
  {
    filter: DeliveryFilterInput,
    dryRun: Type.Optional(Type.Boolean({ default: false, description: "Only count" })),
  },
  { additionalProperties: false, title: "ChangeByFilter" },
);

export const Counted = Type.Object(
  { count: Type.Integer({ description: "How many deliveries it is about" }), dryRun: Type.Boolean() },
  { title: "Counted" },
);
