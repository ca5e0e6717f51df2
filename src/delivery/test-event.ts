import { type FieldError, InputError } from "../errors.js";
import { fault, refusal } from "../schemas/rules/rules.js";
import type { ContentStore } from "../store/contents.js";
import { toStatusEvent } from "../store/event-rows.js";
import type { Customer, OrderDetails, StatusEvent } from "../types.js";
import { customerNamed, type PrepareContext, prepareEvent } from "./prepare.js";
import { isObject } from "./settings-check.js";

const SAMPLE = {
  order: "TEST-0001",
  statusCode: "take",
  reference: "TEST",
  comment: "This is a test of your webhook settings: no order has changed.",
};

/** What was given, with what a made-up status has where it says nothing. */
function completed(given: Record<string, unknown>, customer: Customer, { now, catalogue }: PrepareContext): unknown {
  const event: Record<string, unknown> = {
    ...SAMPLE,
    customer: customer.id,
    statusTime: new Date(now).toISOString(),
    ...given,
  };
  const { statusCode: code } = event;
  // A partner's own code is not in the catalogue: to see it sent must not need more than the code.
  if (typeof code !== "string" || code === "" || catalogue.find(code)) return event;
  return { status: "PROCESSING", descriptions: { en: code }, ...event };
}

/** What is tried: an event as it is published, completed by a sample; or by its id one that is kept, whole. */
export interface TriedWith {
  readonly event?: unknown;
  readonly eventId?: string | undefined;
}

/** The event of a test or a preview, and what it says of its order. */
export interface TestEvent {
  readonly event: StatusEvent;
  readonly details: OrderDetails;
}

/**
 * The event of a test or a preview: what was given, completed by a made-up one. Nothing of it is kept, its pictures are
 * read from memory. Throws InputError for a faulty event; paths begin with `/event`.
 */
export function testEvent(
  customer: Customer,
  given: unknown,
  context: PrepareContext,
  contents: ContentStore,
): TestEvent {
  const errors: FieldError[] = [];
  const input = given === undefined || isObject(given) ? completed(given ?? {}, customer, context) : given;
  const named = customerNamed(input);
  if (named !== null && named !== customer.id) {
    errors.push(fault("/event/customer", "other_customer", { customer: customer.id }));
  }
  const customers = new Map([[named ?? customer.id, customer]]);
  const prepared = prepareEvent(input, customers, context, "/event", errors);
  if (errors.length > 0 || !prepared) throw InputError.invalid(errors);
  const unsaved = new Map(prepared.contents.map((content) => [content.sha256, content.data]));
  const event = toStatusEvent(prepared.row, {
    ...contents,
    content: (ref) => ({
      ...ref,
      async *open() {
        yield Buffer.from(unsaved.get(ref.sha256) ?? "", "latin1");
      },
    }),
  });
  return { event, details: prepared.details ?? {} };
}

/** A kept event, as its deliveries send it. Throws InputError: 404 for what another customer has too. */
export async function keptEvent(
  customer: Customer,
  id: string,
  kept: (id: string) => Promise<StatusEvent | null>,
): Promise<TestEvent> {
  const event = await kept(id);
  if (event?.customer !== customer.id) throw InputError.notFound("event", id);
  if (event.payloadForgottenAt === undefined) return { event, details: {} };
  const at = new Date(event.payloadForgottenAt).toISOString();
  throw InputError.conflict(refusal("forgotten_test", { at }));
}
