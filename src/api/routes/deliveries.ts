import { Type } from "typebox";
import { type FieldError, InputError } from "../../errors.js";
import {
  ChangeByFilter,
  Counted,
  DeliveryAnswer,
  type DeliveryFilterInput,
  DeliveryWithAttempts,
  deliveryFilter,
} from "../../schemas/delivery.js";
import { pageOf, pageQuery } from "../../schemas/paging.js";
import { attemptAnswer, deliveryAnswer, found, momentOf } from "../answers.js";
import { type Operation, operation } from "../operation.js";
import type { ApiServices, DeliveryFilter } from "../services.js";
import { idParams, pageRequest } from "./shared.js";

/** The filter as the store takes it; `place` turns a name into the path of its fault. */
function toFilter(given: DeliveryFilterInput, place: (name: string) => string): DeliveryFilter {
  const errors: FieldError[] = [];
  const moments = {
    from: momentOf(given.from, place("from"), errors),
    to: momentOf(given.to, place("to"), errors),
  };
  if (errors.length > 0) throw InputError.invalid(errors);
  return { ...given, ...moments };
}

function readOperations({ deliveries }: Parts): Operation[] {
  return [
    operation({
      id: "listDeliveries",
      method: "GET",
      path: "/v1/deliveries",
      tag: "Deliveries",
      access: { roles: ["operator", "auditor"], own: "query" },
      summary: "List deliveries, newest first",
      query: Type.Object({ ...deliveryFilter, ...pageQuery }),
      answers: { 200: { description: "A page of deliveries", schema: pageOf(DeliveryAnswer) } },
      async answer({ query: { limit, cursor, ...given } }) {
        const filter = toFilter(given, (name) => `?${name}`);
        const { items, next } = await deliveries.list(filter, pageRequest({ limit, cursor }));
        return { status: 200, body: { items: items.map(deliveryAnswer), next } };
      },
    }),
    operation({
      id: "getDelivery",
      method: "GET",
      path: "/v1/deliveries/{id}",
      tag: "Deliveries",
      access: { roles: ["operator", "auditor"], own: "delivery" },
      summary: "Show a delivery with its attempts: what was sent, and what came back",
      params: idParams,
      answers: { 200: { description: "The delivery", schema: DeliveryWithAttempts } },
      async answer({ params }) {
        const delivery = found(await deliveries.get(params.id), "delivery", params.id);
        const attemptList = delivery.attemptList.map(attemptAnswer);
        return { status: 200, body: { ...deliveryAnswer(delivery), attemptList } };
      },
    }),
  ];
}

const ONE = {
  retry: { summary: "Try a delivery again now, under the same id", done: "Pending again", state: "pending" },
  cancel: { summary: "Cancel a delivery that is pending", done: "Canceled", state: "canceled" },
} as const;

function oneOperation({ deliveries, actions, wake }: Parts, verb: keyof typeof ONE): Operation {
  return operation({
    id: `${verb}Delivery`,
    method: "POST",
    path: `/v1/deliveries/{id}/${verb}`,
    tag: "Deliveries",
    access: { roles: ["operator"], own: "delivery", portal: PORTAL[verb] },
    summary: ONE[verb].summary,
    params: idParams,
    body: { schema: Type.Object({}, { additionalProperties: false }), optional: true },
    answers: { 200: { description: ONE[verb].done, schema: DeliveryAnswer } },
    refusals: [409],
    async answer({ params: { id }, note }) {
      const before = found(await deliveries.get(id), "delivery", id);
      const { count, laneIds } = await actions[verb]({ ids: [id] });
      if (count === 0) {
        throw InputError.conflict(
          `The delivery is ${before.state}, its endpoint is deleted, or its payload was forgotten: it cannot ${verb} now.`,
        );
      }
      wake(laneIds);
      const { customer, state, reason } = before;
      await note({ customer, subject: id, before: { state, reason }, after: { state: ONE[verb].state } });
      return { status: 200, body: deliveryAnswer((await deliveries.get(id)) ?? before) };
    },
  });
}

/** What they need of a customer's people: to give up what waits is no retry. */
const PORTAL = { retry: ["retry"], replay: ["retry"], cancel: ["pause"] } as const;

const MANY = {
  retry: "Try all deliveries that fit again, under the same ids: those that failed, unless state says otherwise",
  cancel: "Cancel all pending deliveries that fit",
  replay: "Send the events of all deliveries that fit again, as new deliveries to the same endpoints",
} as const;

/** The store names the filter's members as if they came alone. */
async function insideFilter<T>(change: Promise<T>): Promise<T> {
  try {
    return await change;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const fields = error.fields.map(({ path, message }) => ({ path: `/filter${path}`, message }));
    throw new InputError(error.status, error.code, error.message, fields);
  }
}

function manyOperation({ actions, replay, wake }: Parts, verb: keyof typeof MANY): Operation {
  async function change(filter: DeliveryFilter, dryRun: boolean): Promise<number> {
    if (verb === "replay") return (await replay.deliveries(filter, { dryRun })).count;
    const { count, laneIds } = await actions[verb]({ filter }, { dryRun });
    if (!dryRun) wake(laneIds);
    return count;
  }
  return operation({
    id: `${verb}Deliveries`,
    method: "POST",
    path: `/v1/deliveries/${verb}`,
    tag: "Deliveries",
    access: { roles: ["operator"], own: "filter", portal: PORTAL[verb] },
    summary: MANY[verb],
    description: "With `dryRun` they are only counted.",
    body: {
      schema: ChangeByFilter,
      examples: { failedSince: { filter: { customer: "acme", state: "failed", from: "2026-08-01" }, dryRun: true } },
    },
    answers: { 200: { description: "How many it was about", schema: Counted } },
    async answer({ body: { filter, dryRun = false }, note }) {
      const wanted = toFilter(filter, (name) => `/filter/${name}`);
      const noted = (after: object) =>
        note({ customer: filter.customer ?? null, subject: "deliveries", before: null, after: { filter, ...after } });
      const count = await insideFilter(change(wanted, dryRun)).catch(async (error: unknown) => {
        // Large selections go through in sets: some may be changed by then, and nobody knows how many.
        if (!dryRun && !(error instanceof InputError)) await noted({ brokenOff: true });
        throw error;
      });
      if (!dryRun) await noted({ count });
      return { status: 200, body: { count, dryRun } };
    },
  });
}

type Parts = Pick<ApiServices, "deliveries" | "actions" | "replay" | "wake">;

export function deliveryOperations(parts: Parts): Operation[] {
  return [
    ...readOperations(parts),
    oneOperation(parts, "retry"),
    oneOperation(parts, "cancel"),
    manyOperation(parts, "retry"),
    manyOperation(parts, "cancel"),
    manyOperation(parts, "replay"),
  ];
}
