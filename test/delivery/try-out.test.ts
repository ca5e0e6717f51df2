import { afterEach, describe, expect, it } from "vitest";
import { createCatalogue } from "../../src/catalogue/index.js";
import { unmappedCodes } from "../../src/delivery/unmapped.js";
import type { StatusMap } from "../../src/templates/status-map.js";
import { endpoint } from "./kit.js";
import { failure, OK, openWorkedRoad, type WorkedRoad, type WorkedRoadOptions } from "./worked-road.js";

let worked: WorkedRoad | undefined;
afterEach(async () => {
  await worked?.close();
  worked = undefined;
});

async function open(send: WorkedRoadOptions["send"]) {
  worked = await openWorkedRoad({ send });
  const setting = await worked.create("erp");
  const { customer } = await worked.store.customers.put("acme", {});
  return { worked, test: (event?: unknown) => worked?.road.tryOut.test(setting, customer, { event }) };
}

describe("a test", () => {
  it("is marked as one, and says that it arrived", async () => {
    const { worked, test } = await open(() => Promise.resolve(OK));
    expect(await test()).toMatchObject({
      ok: true,
      message: "Data sent successfully",
      attempt: { outcome: "delivered" },
    });
    expect(worked.sends[0]?.context.isTest).toBe(true);
    expect(await worked.deliveries()).toEqual([]);
  });

  it("says what went wrong in one sentence: the status that came back, or why none did", async () => {
    let error = failure({ fault: "response", code: "http_404", status: 404, message: "The server answered 404." });
    const { test } = await open(() => Promise.reject(error));
    expect(await test()).toMatchObject({ ok: false, message: "Error: Request failed with status code 404" });
    error = failure();
    expect(await test()).toMatchObject({ ok: false, message: "Error: nobody answers" });
  });

  it("completes what is given by a sample, and takes a partner's own code", async () => {
    const { worked, test } = await open(() => Promise.resolve(OK));
    await test({ order: "A1", statusCode: "AY-0005" });
    expect(JSON.parse(String(worked.sends[0]?.payload.body))).toMatchObject({
      order: "A1",
      statuscode: "AY-0005",
      status: "PROCESSING",
      statusEN: "AY-0005",
      referentie: "TEST",
    });
    await expect(test({ order: "" })).rejects.toMatchObject({ fields: [{ path: "/event/order" }] });
    await expect(test([])).rejects.toMatchObject({ status: 422 });
  });
});

describe("what a test says of its order", () => {
  it("is sent and shown with what is kept of the order, and is not kept itself", async () => {
    const { worked } = await open(() => Promise.resolve(OK));
    const setting = await worked.create("shop", { template: { name: "aymakan" } });
    const { customer } = await worked.store.customers.put("acme", {});
    const kept = { trackingNumber: "AY1", recipient: { name: "Kept" }, pieces: 2 };
    await worked.store.orders.put("acme", "A1", { details: kept, callbackUrls: [] });
    const event = {
      ...{ order: "A1", reference: "R1", statusCode: "AY-0003" },
      details: { trackingNumber: "AY2", recipient: { city: "Riyadh" } },
    };
    const wanted = { tracking: "AY2", shipping: { pieces: 2, delivery_city: "Riyadh", delivery_name: null } };
    const { body } = await worked.road.tryOut.preview(setting, customer, { event });
    expect(JSON.parse(body)).toMatchObject(wanted);
    await worked.road.tryOut.test(setting, customer, { event });
    expect(JSON.parse(String(worked.sends[0]?.payload.body))).toMatchObject(wanted);
    expect((await worked.store.orders.get("acme", "A1"))?.details).toEqual(kept);
  });
});

describe("what a status map does not know", () => {
  const unmapped = (statusMap: StatusMap | undefined, filter: Partial<ReturnType<typeof endpoint>["filter"]> = {}) =>
    unmappedCodes(
      endpoint({
        template: { name: "aveonline", options: statusMap ? { statusMap } : {} },
        filter: { statuses: [], statusCodes: [], sources: [], ...filter },
      }),
      createCatalogue(),
    );

  it("is all that the filter lets through and has no entry, each once", () => {
    expect(unmapped({ codes: { take: { code: "1" } } }, { statusCodes: ["take", "PICKUP", "AY-1"] })).toEqual([
      "PICKUP",
      "AY-1",
    ]);
    const all = unmapped({ codes: { take: { code: "1" } } });
    expect(all.length).toBeGreaterThan(100);
    expect(new Set(all).size).toBe(all.length);
    expect(all).not.toContain("take");
    const notOk = unmapped({ statuses: { PROCESSING: { code: "1" } } }, { statuses: ["NOTOK", "PROCESSING"] });
    expect(notOk.length).toBeGreaterThan(0);
    expect(notOk).not.toContain("take");
  });

  it("is nothing with a default, or without a map", () => {
    expect(unmapped({ default: { code: "0" } }, { statusCodes: ["AY-1"] })).toEqual([]);
    expect(unmapped(undefined)).toEqual([]);
  });
});
