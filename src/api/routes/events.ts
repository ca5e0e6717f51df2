import { Type } from "typebox";
import { type FieldError, InputError } from "../../errors.js";
import { lookupFields } from "../../schemas/delivery.js";
import { StatusSchema } from "../../schemas/event.js";
import { EventAnswer } from "../../schemas/event-answer.js";
import { pageOf, pageQuery } from "../../schemas/paging.js";
import { eventAnswer, found, momentOf, pageAnswer } from "../answers.js";
import { type Operation, operation } from "../operation.js";
import type { EventsService, ReplayService } from "../services.js";
import { emptyBody, idParams, pageRequest } from "./shared.js";

const query = Type.Object({
  customer: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  ...lookupFields,
  externalId: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: "The `id` it was published with" }),
  ),
  statusCode: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  status: Type.Optional(StatusSchema),
  from: Type.Optional(
    Type.String({ maxLength: 40, description: "Published at or after it (ISO 8601; without an offset: UTC)" }),
  ),
  to: Type.Optional(
    Type.String({ maxLength: 40, description: "Published before it (ISO 8601; without an offset: UTC)" }),
  ),
  ...pageQuery,
});

const Replayed = Type.Object(
  {
    count: Type.Integer({ description: "How many new deliveries it made" }),
    reason: Type.Optional(Type.String({ description: "Why it made none" })),
  },
  { title: "Replayed" },
);

export function eventOperations(events: EventsService, replay: ReplayService): Operation[] {
  return [
    operation({
      id: "listEvents",
      method: "GET",
      path: "/v1/events",
      tag: "Events",
      access: { roles: ["operator", "auditor"], own: "query" },
      summary: "List the status changes, newest first",
      query,
      answers: { 200: { description: "A page of events", schema: pageOf(EventAnswer) } },
      async answer({ query: { limit, cursor, from, to, ...filter } }) {
        const errors: FieldError[] = [];
        const moments = { from: momentOf(from, "?from", errors), to: momentOf(to, "?to", errors) };
        if (errors.length > 0) throw InputError.invalid(errors);
        const page = await events.list({ ...filter, ...moments }, pageRequest({ limit, cursor }));
        return { status: 200, body: pageAnswer(page, eventAnswer) };
      },
    }),
    operation({
      id: "getEvent",
      method: "GET",
      path: "/v1/events/{id}",
      tag: "Events",
      access: { roles: ["operator", "auditor"], own: "event" },
      summary: "Show a status change",
      params: idParams,
      answers: { 200: { description: "The event", schema: EventAnswer } },
      async answer({ params }) {
        return { status: 200, body: eventAnswer(found(await events.get(params.id), "event", params.id)) };
      },
    }),
    operation({
      id: "replayEvent",
      method: "POST",
      path: "/v1/events/{id}/replay",
      tag: "Events",
      access: { roles: ["operator"] },
      summary: "Send an event again, as new deliveries to every endpoint that matches it now",
      params: idParams,
      body: emptyBody,
      answers: { 202: { description: "The new deliveries are committed", schema: Replayed } },
      refusals: [409],
      async answer({ params: { id }, note }) {
        const { customer } = found(await events.get(id), "event", id);
        const { count, reason } = await replay.event(id);
        await note({ customer, subject: id, before: null, after: { deliveries: count } });
        return { status: 202, body: { count, ...(reason ? { reason } : {}) } };
      },
    }),
  ];
}
