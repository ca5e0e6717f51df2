import { describe, expect, it } from "vitest";
import { match, wants } from "../../src/delivery/match.js";
import type { Endpoint } from "../../src/types.js";
import { endpoint, eventRow } from "./kit.js";

const filtered = (filter: Partial<Endpoint["filter"]>) =>
  endpoint({ filter: { statuses: [], statusCodes: [], sources: [], ...filter } });
const at = (id: string, target: string, more: Partial<Endpoint> = {}) => endpoint({ id, target, ...more });
const none = { forAll: [], own: [], callbacks: [] };
const ids = ({ endpoints }: ReturnType<typeof match>) => endpoints.map(({ id }) => id);

describe("wants", () => {
  const event = eventRow({ status: "DELIVERED", statusCode: "DELIVERED", body: { source: "API" } });

  it.each([
    ["an empty filter", {}, true],
    ["its status", { statuses: ["DELIVERED"] }, true],
    ["one of several statuses", { statuses: ["NOTOK", "DELIVERED"] }, true],
    ["another status", { statuses: ["NOTOK"] }, false],
    ["its code", { statusCodes: ["take", "DELIVERED"] }, true],
    ["its code in other letters", { statusCodes: ["delivered"] }, false],
    ["its source", { sources: ["API"] }, true],
    ["another source", { sources: ["XLS"] }, false],
    ["all three lists", { statuses: ["DELIVERED"], statusCodes: ["DELIVERED"], sources: ["API"] }, true],
    ["two lists but not the third", { statuses: ["DELIVERED"], statusCodes: ["DELIVERED"], sources: ["XLS"] }, false],
  ] as [string, Partial<Endpoint["filter"]>, boolean][])("%s: %o is %s", (_what, filter, wanted) => {
    expect(wants(filtered(filter), event)).toBe(wanted);
  });

  it("a source does not match an event without one", () => {
    expect(wants(filtered({ sources: ["API"] }), eventRow())).toBe(false);
    expect(wants(filtered({}), eventRow())).toBe(true);
  });
});

describe("match", () => {
  it("goes to the customer's endpoints and to the order's own", () => {
    const found = match(eventRow(), {
      forAll: [at("all", "a")],
      own: [at("own", "b", { order: "A1" })],
      callbacks: [at("cb", "c", { origin: "callback" })],
    });
    expect(ids(found).sort()).toEqual(["all", "cb", "own"]);
    expect(found.reason).toBeUndefined();
  });

  it("lets the order's own serve alone where two agree in transport, address and template", () => {
    const own = [at("own", "a", { order: "A1" })];
    expect(ids(match(eventRow(), { forAll: [at("all", "a"), at("other", "b")], own, callbacks: [] }))).toEqual([
      "own",
      "other",
    ]);
    const callbacks = [at("cb", "a", { origin: "callback" })];
    expect(ids(match(eventRow(), { forAll: [], own, callbacks }))).toEqual(["own"]);
    expect(ids(match(eventRow(), { forAll: [at("all", "a")], own: [], callbacks }))).toEqual(["cb"]);
  });

  it("lets the order's own serve alone even when its filter excludes the event", () => {
    const own = [at("own", "a", { order: "A1", filter: { statuses: ["NOTOK"], statusCodes: [], sources: [] } })];
    const found = match(eventRow(), { ...none, forAll: [at("all", "a")], own });
    expect(ids(found)).toEqual([]);
    expect(found.reason).toMatch(/filters/);
  });

  it("sends to two endpoints for all orders that reach one place, also beside an order's own", () => {
    const forAll = [at("one", "a"), at("two", "a")];
    expect(ids(match(eventRow(), { ...none, forAll }))).toEqual(["one", "two"]);
    const own = [at("own", "b", { order: "A1" })];
    expect(ids(match(eventRow(), { ...none, forAll, own }))).toEqual(["own", "one", "two"]);
  });

  it("lets two of an order's own reach one place with a filter each", () => {
    const only = (statuses: Endpoint["filter"]["statuses"]) => ({ statuses, statusCodes: [], sources: [] });
    const own = [
      at("bad", "a", { order: "A1", filter: only(["NOTOK"]) }),
      at("rest", "a", { order: "A1", filter: only(["PROCESSING"]) }),
    ];
    expect(ids(match(eventRow(), { ...none, own }))).toEqual(["rest"]);
  });

  it("goes to paused and disabled endpoints too: their deliveries wait", () => {
    const forAll = [at("p", "a", { state: "paused" }), at("d", "b", { state: "disabled" })];
    expect(ids(match(eventRow(), { ...none, forAll }))).toEqual(["p", "d"]);
  });

  it("says why nothing wants the event", () => {
    expect(match(eventRow(), none).reason).toBe(
      'The customer "acme" has no endpoint, and order "A1" has none of its own.',
    );
    const forAll = [filtered({ statuses: ["NOTOK"] })];
    expect(match(eventRow(), { ...none, forAll }).reason).toBe(
      "None of 1 endpoints wants this event: their filters exclude it.",
    );
  });
});
