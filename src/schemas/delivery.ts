import { type Static, Type } from "typebox";
import { StatusSchema } from "./event.js";
import { Instant } from "./paging.js";
import { FieldProblem } from "./problem.js";

export const DELIVERY_STATES = ["pending", "sending", "delivered", "failed", "canceled"] as const;
export const FAULTS = ["internal", "config", "connection", "ambiguous", "response"] as const;

const Maybe = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

/** What deliveries are looked for by: a state, or all that did not arrive. */
export const STATE_FILTERS = [...DELIVERY_STATES, "undelivered"] as const;
export type StateFilter = (typeof STATE_FILTERS)[number];

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
    endpointName: Type.String({ description: "Empty once the endpoint is forgotten" }),
    transport: Type.String({ description: "Of the endpoint: such as http-post" }),
    customer: Type.String(),
    order: Type.String(),
    state: DeliveryStateSchema,
    reason: Type.String({ description: "Of failed and canceled: why" }),
    fault: Maybe(FaultSchema, "Of the last attempt that failed"),
    code: Type.String({ description: "Of the last attempt, such as http_503; empty where nothing has failed" }),
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
      reference: Type.String(),
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
  timings: Type.Record(Type.String(), Type.Number(), {
    description:
      "Milliseconds of each step: resolve (the name), connect, tls, send, wait and others; those of a connection that was open already are left out",
  }),
  headers: Type.Optional(
    Type.Array(Type.Object({ name: Type.String(), value: Type.String() }), {
      description:
        "Of HTTP, once a request was sent: its headers in their order, beside host, connection and content-length; what the endpoint set is masked",
    }),
  ),
  remotePath: Type.Optional(Type.String({ description: "Of files: where the file was put, or was to be" })),
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
    errors: Type.Optional(
      Type.Array(FieldProblem, {
        description: "Where in the endpoint's setting the fault lies, as far as it is known",
      }),
    ),
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
const Named = (maxLength: number, description?: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength, ...(description ? { description } : {}) }));

/** What an order, or a status change of it, is looked up by. */
export const lookupFields = {
  order: Named(200, "Its number, whole"),
  reference: Named(
    500,
    "Whole, of the status change or of its order; of more than 10,000 status changes the newest count",
  ),
  barcode: Named(200, "Whole; of more than 10,000 status changes the newest count"),
};
const filterFields = {
  customer: Id("Its id"),
  endpoint: Id("Its id"),
  event: Id("Its id"),
  ...lookupFields,
  status: Type.Optional(StatusSchema),
  statusCode: Named(100),
  code: Named(100, "Of the last attempt, such as http_503"),
  error: Named(200, "Text that lastError holds, in capitals or not"),
  from: Moment("Made at or after it"),
  to: Moment("Made before it"),
};

/** Which deliveries; all that are given must agree. */
export const deliveryFilter = {
  ...filterFields,
  state: Type.Optional(
    Type.Enum([...STATE_FILTERS], { description: "undelivered: all that has not arrived, in whichever state" }),
  ),
  fault: Type.Optional(FaultSchema),
};
export const DeliveryFilterInput = Type.Object(
  {
    ...deliveryFilter,
    ids: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
        minItems: 1,
        maxItems: 500,
        description: "These alone; without a state in whichever they are",
      }),
    ),
  },
  {
    additionalProperties: false,
    title: "DeliveryFilter",
    description: "All that is given must agree",
  },
);
export type DeliveryFilterInput = Static<typeof DeliveryFilterInput>;

/** What changes many deliveries. */
export const ChangeByFilter = Type.Object(
  {
    filter: DeliveryFilterInput,
    dryRun: Type.Optional(Type.Boolean({ default: false, description: "Only count" })),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description: "So many at most, the newest first; left out: all. The answer's `next` goes on",
      }),
    ),
    cursor: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1000, description: "With limit: `next` of the call before" }),
    ),
  },
  { additionalProperties: false, title: "ChangeByFilter" },
);

export const Counted = Type.Object(
  {
    count: Type.Integer({ description: "How many deliveries it is about" }),
    dryRun: Type.Boolean(),
    next: Type.Optional(
      Maybe(Type.String(), "With limit: `cursor` of what is left, which may turn out to be nothing; null: nothing is"),
    ),
  },
  { title: "Counted" },
);

/** Deliveries that failed at one endpoint in one way. */
const CauseAnswer = Type.Object(
  {
    customer: Type.String(),
    endpointId: Type.String(),
    endpointName: Type.String(),
    transport: Type.String(),
    fault: Maybe(FaultSchema, "null: none"),
    code: Type.String({ description: "Of the last attempt, such as http_503; empty: there was none" }),
    reason: Type.String({ description: "Why they were given up; empty where they have several" }),
    lastError: Type.String({ description: "Of the newest" }),
    count: Type.Integer({ minimum: 1 }),
    newestId: Type.String({ description: "The newest delivery" }),
    newestAt: Instant,
    oldestAt: Instant,
  },
  { title: "Cause" },
);

export const CausesAnswer = Type.Object(
  {
    items: Type.Array(CauseAnswer, { description: "The most frequent first" }),
    searchedTo: Maybe(Instant, "Deliveries made before it were not looked at; null: all were"),
  },
  { title: "Causes" },
);
