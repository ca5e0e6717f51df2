import { Type } from "typebox";
import { FaultSchema } from "./delivery.js";
import { Instant, pageOf } from "./paging.js";

export const TROUBLES = ["held", "failing", "askedToWait", "gaveUp", "disabled", "paused"] as const;

const number = (description: string) => Type.Integer({ minimum: 0, description });
const maybe = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

const counts = {
  events: number("Published"),
  deliveries: number("Made of events, replays included"),
  delivered: number("Delivered"),
  failed: number("Given up"),
  failedAttempts: number("Attempts that failed, also those after which it was tried again"),
};

const TroubleAnswer = Type.Object({
  customer: Type.String(),
  endpoint: maybe(Type.String(), "Its id; null: callback URLs, which are in trouble together"),
  name: Type.String({ description: "Of the endpoint; of callback URLs where they lead to" }),
  kind: Type.Enum([...TROUBLES], {
    description:
      "held: a fault of its setting, nothing is sent until it is changed; failing: attempts fail; askedToWait: the receiver asked for it; gaveUp: a delivery was given up within a day; disabled; paused: and something waits",
  }),
  since: Instant,
  fault: maybe(FaultSchema, "Of the last failure"),
  code: Type.String({ description: "Of the last failure, such as http_500; empty: there was none" }),
  text: Type.String({ description: "Of the last failure" }),
  reason: Type.String({ description: "Of one that is disabled or paused: why, as its `stateReason` says; else empty" }),
  waiting: number("Deliveries that wait, counted up to 1001"),
  givenUp: number("Deliveries that were given up within a day, counted up to 1001"),
  nextTry: maybe(Instant, "When something is sent again; null: nothing waits, or somebody has to do something first"),
});

/** How things stand, as answers show it. */
export const OverviewAnswer = Type.Object({
  at: Instant,
  timeZone: Type.String({ description: "Whose days are counted" }),
  waiting: maybe(
    Type.Integer({ minimum: 0 }),
    "Deliveries that wait, at most a minute old; null: they are being counted for the first time",
  ),
  waitingMore: Type.Boolean({ description: "They were counted up to this number only: there are more" }),
  sending: number("Deliveries that are being sent"),
  minutes: Type.Array(Type.Object({ at: Instant, ...counts }), {
    description: "The oldest first, without gaps; the last one goes on",
  }),
  days: Type.Array(Type.Object({ day: Type.String({ pattern: "^\\d{4}-\\d\\d-\\d\\d$" }), ...counts }), {
    description: "The oldest first, without gaps; the last one is today",
  }),
  troubled: Type.Object(Object.fromEntries(TROUBLES.map((kind) => [kind, number("Endpoints")])), {
    description: "How many endpoints are in trouble, by what is wrong",
  }),
  trouble: pageOf(TroubleAnswer),
});
