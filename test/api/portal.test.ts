import { describe, expect, it } from "vitest";
import type { PortalAction } from "../../src/account-types.js";
import { mayCall, type Principal } from "../../src/api/authentication.js";
import { operationsOf } from "../../src/api/operations.js";
import { PORTAL_ACTIONS } from "../../src/schemas/customer.js";
import { fakeServices } from "./fakes.js";

const operations = operationsOf(fakeServices().services, "0", {} as never);
const who = (portal?: readonly PortalAction[]): Pick<Principal, "role" | "portal"> => ({
  role: "customer",
  ...(portal && { portal }),
});
const allowed = (portal?: readonly PortalAction[]) =>
  operations.filter((operation) => mayCall(who(portal), operation)).map(({ id }) => id);
/** What an action adds to looking. */
const added = (action: PortalAction) => allowed([action]).filter((id) => !allowed([]).includes(id));

describe("a customer's people in the pages", () => {
  it("may look, and change nothing, where their operator lets them do nothing", () => {
    const changing = operations.filter(({ id, method }) => method !== "GET" && allowed([]).includes(id));
    expect(changing.map(({ id }) => id).filter((id) => id !== "previewEndpoint")).toEqual([]);
    expect(allowed([])).toContain("listDeliveries");
  });

  it.each<[PortalAction, string[]]>([
    ["test", ["checkEndpoint", "testEndpoint"]],
    ["retry", ["replayDeliveries", "retryDeliveries", "retryDelivery"]],
    ["pause", ["cancelDeliveries", "cancelDelivery", "disableEndpoint", "pauseEndpoint", "resumeEndpoint"]],
    ["edit", ["deleteEndpoint", "patchEndpoint", "rotateEndpointSecret", "testUnsavedEndpoint"]],
    ["create", ["createEndpoint", "putOrder", "testUnsavedEndpoint"]],
  ])("may, where they are let %s, do that", (action, ids) => {
    expect(added(action).sort()).toEqual(ids);
  });

  it("may, with all of it, do what a customer's key may", () => {
    expect(allowed([...PORTAL_ACTIONS]).sort()).toEqual(allowed().sort());
  });
});
