import { Type } from "typebox";
import { CustomerId } from "../../schemas/customer.js";
import { Instant, pageOf } from "../../schemas/paging.js";
import { found, purgeAnswer } from "../answers.js";
import { type Operation, operation } from "../operation.js";
import type { ApiServices } from "../services.js";
import { idParams, pageQueryShape, pageRequest } from "./shared.js";

const Count = (description: string) => Type.Integer({ minimum: 0, description });
const Maybe = (description: string) => Type.Union([Instant, Type.Null()], { description });

const Counts = Type.Object(
  {
    events: Count("Status changes, with their pictures and documents"),
    deliveries: Count("What was sent, or waited"),
    canceled: Count("Of the deliveries: those that were pending, canceled: purged"),
    attempts: Count("With what was sent and what came back"),
    orders: Count("Details of orders"),
    endpoints: Count("Endpoints of the order, or all of the customer"),
    mails: Count("Alert mails that named it, sent or not; of a customer also those that would let its people in"),
  },
  { title: "PurgeCounts" },
);

const PurgeInput = Type.Object(
  {
    customer: CustomerId,
    order: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: "Left out: all of the customer, and the customer" }),
    ),
    dryRun: Type.Optional(Type.Boolean({ default: false, description: "Only count" })),
    requestedBy: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: "Who asked, or the number of the request: it is kept" }),
    ),
  },
  {
    additionalProperties: false,
    title: "PurgeInput",
    examples: [{ customer: "acme", order: "ASK132456798", dryRun: true }],
  },
);

const PurgeAnswer = Type.Object(
  {
    id: Type.String(),
    customer: CustomerId,
    orderHash: Type.Union([Type.String(), Type.Null()], {
      description: "SHA-256 of customer, line feed and order number; null: all of the customer",
    }),
    state: Type.Enum(["running", "emptied", "done"], {
      description: "emptied: all rows are gone, pictures that nobody else holds go ten minutes later",
    }),
    requestedBy: Type.String(),
    requestedAt: Instant,
    emptiedAt: Maybe("When all rows were gone"),
    finishedAt: Maybe("When the last picture was gone"),
    counts: Counts,
  },
  { title: "Purge" },
);

const DryRunAnswer = Type.Object(
  { dryRun: Type.Boolean(), counts: Counts },
  { title: "PurgeDryRun", description: "What would be deleted" },
);

/** Deleting personal data of an order or a customer on demand. */
export function purgeOperations({ purges }: Pick<ApiServices, "purges">): Operation[] {
  return [
    operation({
      id: "requestPurge",
      method: "POST",
      path: "/v1/purges",
      tag: "Service",
      access: { roles: [] },
      summary: "Delete all that is known of an order, or of a customer",
      description:
        "What waits is canceled: purged. Then events, deliveries, what was sent, details, endpoints of its own, pictures that nobody else holds, and mails that name it are deleted in small sets; a record stays that says who asked, when, and how much it was. What others of a batch share with it is forgotten. With `dryRun` all is only counted.",
      body: { schema: PurgeInput },
      answers: {
        200: { description: "With dryRun: what would be deleted", schema: DryRunAnswer },
        202: { description: "It begins within seconds", schema: PurgeAnswer },
      },
      refusals: [404],
      async answer({ body: { customer, order, dryRun = false, requestedBy }, author, note }) {
        if (dryRun) return { status: 200, body: { dryRun, counts: await purges.count({ customer, order }) } };
        const purge = await purges.request({ customer, order }, requestedBy ?? author.keyName);
        // Of the order its hash alone: the log outlives it.
        await note({ customer, subject: purge.id, before: null, after: { orderHash: purge.orderHash } });
        return { status: 202, body: purgeAnswer(purge) };
      },
    }),
    operation({
      id: "listPurges",
      method: "GET",
      path: "/v1/purges",
      tag: "Service",
      access: { roles: ["auditor"] },
      summary: "List what was purged, newest first",
      query: pageQueryShape,
      answers: { 200: { description: "A page of records", schema: pageOf(PurgeAnswer) } },
      async answer({ query }) {
        const { items, next } = await purges.list(pageRequest(query));
        return { status: 200, body: { items: items.map(purgeAnswer), next } };
      },
    }),
    operation({
      id: "getPurge",
      method: "GET",
      path: "/v1/purges/{id}",
      tag: "Service",
      access: { roles: ["auditor"] },
      summary: "How far a purge is",
      params: idParams,
      answers: { 200: { description: "The record", schema: PurgeAnswer } },
      answer: async ({ params }) => ({
        status: 200,
        body: purgeAnswer(found(await purges.get(params.id), "purge", params.id)),
      }),
    }),
  ];
}
