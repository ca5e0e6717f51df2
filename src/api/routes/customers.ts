import { Type } from "typebox";
import { InputError } from "../../errors.js";
import { CustomerAnswer, CustomerInput } from "../../schemas/customer.js";
import { pageOf } from "../../schemas/paging.js";
import { customerAnswer, found } from "../answers.js";
import { type Operation, operation } from "../operation.js";
import type { ApiServices } from "../services.js";
import { customerParams, pageQueryShape, pageRequest } from "./shared.js";

type Parts = Pick<ApiServices, "customers" | "registry">;

function writeOperations({ customers, registry }: Parts): Operation[] {
  return [
    operation({
      id: "putCustomer",
      method: "PUT",
      path: "/v1/customers/{customer}",
      tag: "Customers",
      access: { roles: ["operator"] },
      summary: "Make or replace a customer",
      description: "What is left out gets its default.",
      params: customerParams,
      body: { schema: CustomerInput },
      answers: {
        200: { description: "Replaced", schema: CustomerAnswer },
        201: { description: "Made", schema: CustomerAnswer },
      },
      async answer({ params, body, author }) {
        const { customer, created } = await customers.put(params.customer, body, author);
        return { status: created ? 201 : 200, body: customerAnswer(customer, registry) };
      },
    }),
    operation({
      id: "deleteCustomer",
      method: "DELETE",
      path: "/v1/customers/{customer}",
      tag: "Customers",
      access: { roles: ["operator"] },
      summary: "Delete a customer with its endpoints and orders",
      description: "Deliveries that are pending are canceled, and its keys are revoked. The history stays.",
      params: customerParams,
      answers: { 204: { description: "Deleted" } },
      async answer({ params, author }) {
        if (await customers.delete(params.customer, author)) return { status: 204 };
        throw InputError.notFound("customer", params.customer);
      },
    }),
  ];
}

export function customerOperations(parts: Parts): Operation[] {
  const { customers, registry } = parts;
  return [
    operation({
      id: "listCustomers",
      method: "GET",
      path: "/v1/customers",
      tag: "Customers",
      access: { roles: ["operator", "auditor"], own: "itself" },
      summary: "List the customers by id",
      query: Type.Object({
        ...pageQueryShape.properties,
        search: Type.Optional(
          Type.String({ minLength: 1, maxLength: 200, description: "Only those whose id or name holds it" }),
        ),
      }),
      answers: { 200: { description: "A page of customers", schema: pageOf(CustomerAnswer) } },
      async answer({ query, own }) {
        if (own !== null) {
          const customer = await customers.get(own);
          return { status: 200, body: { items: customer ? [customerAnswer(customer, registry)] : [], next: null } };
        }
        const { items, next } = await customers.list({ ...pageRequest(query), search: query.search });
        return { status: 200, body: { items: items.map((customer) => customerAnswer(customer, registry)), next } };
      },
    }),
    operation({
      id: "getCustomer",
      method: "GET",
      path: "/v1/customers/{customer}",
      tag: "Customers",
      access: { roles: ["operator", "auditor"], own: "path" },
      summary: "Show a customer",
      params: customerParams,
      answers: { 200: { description: "The customer", schema: CustomerAnswer } },
      async answer({ params }) {
        const customer = found(await customers.get(params.customer), "customer", params.customer);
        return { status: 200, body: customerAnswer(customer, registry) };
      },
    }),
    ...writeOperations(parts),
  ];
}
