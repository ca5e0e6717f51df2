import { Type } from "typebox";
import { InputError } from "../../errors.js";
import { CausesAnswer, DeliveryAnswer, DeliveryWithAttempts, deliveryFilter } from "../../schemas/delivery.js";
import { pageOf, pageQuery } from "../../schemas/paging.js";
import { refusal } from "../../schemas/rules/rules.js";
import { attemptAnswer, causeAnswer, deliveryAnswer, found, maybeInstant, pageAnswer } from "../answers.js";
import { type Operation, operation } from "../operation.js";
import type { ApiServices } from "../services.js";
import { exportOperation } from "./deliveries-export.js";
import { manyOperation, PORTAL } from "./deliveries-many.js";
import { toFilter } from "./delivery-filter.js";
import { idParams, pageRequest } from "./shared.js";

function readOperations({ deliveries }: Parts): Operation[] {
  return [
    operation({
      id: "listDeliveries",
      method: "GET",
      path: "/v1/deliveries",
      tag: "Deliveries",
      access: { roles: ["operator", "auditor"], own: "query" },
      summary: "List deliveries, newest first",
      description:
        "A page is answered at once, whatever is asked for: where few of many fit it is not full, says how far it has looked (searchedTo), and `next` searches on.",
      query: Type.Object({ ...deliveryFilter, ...pageQuery }),
      answers: { 200: { description: "A page of deliveries", schema: pageOf(DeliveryAnswer) } },
      async answer({ query: { limit, cursor, ...given } }) {
        const filter = toFilter(given, (name) => `?${name}`);
        const page = await deliveries.list(filter, pageRequest({ limit, cursor }));
        return { status: 200, body: pageAnswer(page, deliveryAnswer) };
      },
    }),
    operation({
      id: "listDeliveryCauses",
      method: "GET",
      path: "/v1/deliveries/causes",
      tag: "Deliveries",
      access: { roles: ["operator", "auditor"], own: "query" },
      summary: "Group what failed by its cause: endpoint, fault and code",
      description:
        "Of the deliveries that fit and have failed, or with the state pending wait to be tried again; the newest 12,000 that the search passes are looked at.",
      query: Type.Object({ ...deliveryFilter, state: Type.Optional(Type.Enum(["failed", "pending"])) }),
      answers: { 200: { description: "The causes, the most frequent first", schema: CausesAnswer } },
      async answer({ query }) {
        const { items, searchedTo } = await deliveries.causes(toFilter(query, (name) => `?${name}`));
        return { status: 200, body: { items: items.map(causeAnswer), searchedTo: maybeInstant(searchedTo) } };
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
        throw InputError.conflict(refusal(`delivery_${verb}`, { state: before.state }));
      }
      wake(laneIds);
      const { customer, state, reason } = before;
      await note({ customer, subject: id, before: { state, reason }, after: { state: ONE[verb].state } });
      return { status: 200, body: deliveryAnswer((await deliveries.get(id)) ?? before) };
    },
  });
}

type Parts = Pick<ApiServices, "deliveries" | "actions" | "replay" | "wake" | "clock">;

export function deliveryOperations(parts: Parts): Operation[] {
  return [
    ...readOperations(parts),
    exportOperation(parts),
    oneOperation(parts, "retry"),
    oneOperation(parts, "cancel"),
    manyOperation(parts, "retry"),
    manyOperation(parts, "cancel"),
    manyOperation(parts, "replay"),
  ];
}
