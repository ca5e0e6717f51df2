import type { Static } from "typebox";
import type { EventInput } from "../schemas/event.js";
import type { Published as PublishedSchema } from "../schemas/published.js";
import { ProducerError, type ProducerErrorInit, type UnpublishedEvent } from "./error.js";

/** What the API says of one event. */
export type PublishResult = Static<typeof PublishedSchema>;

/** What `publish` resolves with: the API's answer, and the id that the event went out under. */
export type Published = PublishResult & { readonly externalId: string };

/** One event between `publish` and its result. */
export interface Entry {
  readonly event: EventInput;
  readonly externalId: string;
  /** On the monotonic clock. */
  readonly deadline: number;
  /** Written when the event is let in; until then only the caller's object is held. */
  json: string;
  bytes: number;
  settled: boolean;
  underWay: boolean;
  /** A try was made whose answer never came. */
  uncertain: boolean;
  settle(outcome: Published | ProducerError): void;
}

export function describe(entry: Entry): UnpublishedEvent {
  const { customer, order } = entry.event;
  const mayBePublished = entry.uncertain || entry.underWay;
  return { externalId: entry.externalId, customer, order, mayBePublished };
}

/** The error of one event: its message begins with what the event is called. */
export function errorOf(entry: Entry, init: Omit<ProducerErrorInit, "event">): ProducerError {
  const event = describe(entry);
  const name = `Event "${event.externalId}" (${event.customer}, order ${event.order})`;
  const message = `${name} was not published: ${init.message}`;
  return new ProducerError({ ...init, message, event });
}
