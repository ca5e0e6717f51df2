import { Type } from "typebox";
import { CustomerId } from "../../schemas/customer.js";
import type { EndpointInput } from "../../schemas/endpoint.js";
import type { EndpointShapes } from "../../schemas/endpoint-shapes.js";
import { CallbackUrls, OrderDetails } from "../../schemas/order.js";
import { Instant, MAX_LIMIT } from "../../schemas/paging.js";
import { found, orderAnswer } from "../answers.js";
import { type Operation, operation } from "../operation.js";
import type { ApiServices } from "../services.js";
import { judgedElsewhere } from "./shared.js";

const MAX_ENDPOINTS = 20;

const params = Type.Object({
  customer: CustomerId,
  order: Type.String({ minLength: 1, maxLength: 200, description: "Its number; / and other signs as %XX" }),
});

const ownFields = { ...OrderDetails.properties, callbackUrls: Type.Optional(CallbackUrls) };
const OrderInput = Type.Object(
  { ...ownFields, endpoints: Type.Optional(Type.Array(judgedElsewhere, { maxItems: MAX_ENDPOINTS })) },
  { additionalProperties: false },
);

function shownShapes(shapes: EndpointShapes) {
  const input = Type.Object(
    { ...ownFields, endpoints: Type.Optional(Type.Array(shapes.input, { maxItems: MAX_ENDPOINTS })) },
    {
      additionalProperties: false,
      title: "OrderInput",
      examples: [
        { reference: "Banner 510", recipient: { city: "Antwerpen" }, callbackUrls: ["https://shop.example/hook"] },
      ],
    },
  );
  const answer = Type.Object(
    {
      customer: Type.String(),
      order: Type.String(),
      ...OrderDetails.properties,
      callbackUrls: CallbackUrls,
      endpoints: Type.Array(shapes.answer),
      firstSeenAt: Instant,
      changedAt: Instant,
    },
    { title: "Order" },
  );
  return { input, answer };
}

type Parts = Pick<ApiServices, "orders" | "endpoints" | "registry">;

export function orderOperations({ orders, endpoints, registry }: Parts, shapes: EndpointShapes): Operation[] {
  const shown = shownShapes(shapes);
  return [
    operation({
      id: "putOrder",
      method: "PUT",
      path: "/v1/customers/{customer}/orders/{order}",
      tag: "Orders",
      access: { roles: ["operator"], own: "path", portal: ["create"] },
      summary: "Register an order, or replace what is known of it",
      description:
        "Details and callback URLs are replaced as a whole. So are its own endpoints where `endpoints` is given: what was pending for those that are gone is canceled: replaced.",
      params,
      body: { schema: OrderInput, shown: shown.input },
      answers: {
        200: { description: "Registered", schema: shown.answer },
      },
      refusals: [409],
      async answer({ params: { customer, order: number }, body, author }) {
        const { callbackUrls = [], endpoints: inputs, ...details } = body;
        const input = { details, callbackUrls, endpoints: inputs as EndpointInput[] | undefined };
        const { order, endpoints: own } = await orders.put(customer, number, input, author);
        return { status: 200, body: orderAnswer(order, own, registry) };
      },
    }),
    operation({
      id: "getOrder",
      method: "GET",
      path: "/v1/customers/{customer}/orders/{order}",
      tag: "Orders",
      access: { roles: ["operator", "auditor"], own: "path" },
      summary: "Show an order that was registered, or whose details came with an event",
      params,
      answers: { 200: { description: "The order", schema: shown.answer } },
      async answer({ params: { customer, order: number } }) {
        const order = found(await orders.get(customer, number), "order", number);
        const { items } = await endpoints.list({ customer, order: number, limit: MAX_LIMIT });
        return { status: 200, body: orderAnswer(order, items, registry) };
      },
    }),
  ];
}
