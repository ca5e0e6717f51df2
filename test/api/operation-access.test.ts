import { expect, it } from "vitest";
import { rolesOf } from "../../src/api/authentication.js";
import { operation } from "../../src/api/operation.js";
import { operationsOf } from "../../src/api/operations.js";
import { fakeServices } from "./fakes.js";

const common = {
  id: "example",
  method: "GET",
  path: "/example",
  tag: "Service",
  summary: "An example",
  answers: { 204: { description: "Done" } },
  answer: async () => ({ status: 204 }),
} as const;

it("cannot be left out: an operation that does not say who may call it does not compile", () => {
  // @ts-expect-error: `access` is missing.
  expect(operation(common).access).toBeUndefined();
  // @ts-expect-error: customers are let in by `own`, which says how they are kept to what is theirs.
  expect(operation({ ...common, access: { roles: ["customer"] } }).access).toBeDefined();
  expect(operation({ ...common, access: { roles: [] } }).access).toEqual({ roles: [] });
});

it("lets admins call everything, and a customer's key what says how it is kept to its own", () => {
  for (const { id, access } of operationsOf(fakeServices().services, "0.0.0", {} as never)) {
    if (access === "anyone") continue;
    const roles = rolesOf(access);
    expect(roles, id).toContain("admin");
    expect(roles.includes("customer"), id).toBe(typeof access === "object" && access.own !== undefined);
  }
});
