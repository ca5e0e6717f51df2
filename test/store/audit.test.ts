import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Audit, createAudit } from "../../src/store/audit.js";
import { createDeliveryActions } from "../../src/store/deliveries-actions.js";
import { createOrders } from "../../src/store/orders.js";
import { createStatuses } from "../../src/store/statuses.js";
import { addDelivery, addEvent, by, DAY, openStore, post, registry, type Store } from "./kit.js";

let store: Store;
let audit: Audit;

beforeEach(async () => {
  store = await openStore();
  audit = createAudit(store.database, store.clock);
});
afterEach(() => store.close());

const newest = async () => (await audit.list({})).items[0];
const SECRETS = ["very-secret-key", "another-secret", "template-secret"];

/** An endpoint with a secret. */
const secretly = (apiKey: string) => ({
  ...post(),
  transport: { type: "http-post", url: "https://erp.example.com/hook", apiKey },
});

describe("a change", () => {
  it("of a customer says who, from where, when and what", async () => {
    await store.customers.put("acme", { name: "Acme" }, by("putCustomer"));
    await store.customers.put("acme", { name: "Acme NV", retentionDays: 90, payloadDays: 30 }, by("putCustomer"));
    expect(await newest()).toMatchObject({
      ...by("putCustomer"),
      at: store.clock.now(),
      customer: "acme",
      subject: "acme",
      before: { name: "Acme", retentionDays: null, payloadDays: null },
      after: { name: "Acme NV", retentionDays: 90, payloadDays: 30 },
    });
    await store.customers.delete("acme", by("deleteCustomer"));
    expect(await newest()).toMatchObject({ operation: "deleteCustomer", before: { name: "Acme NV" }, after: null });
    await store.customers.delete("acme", by("deleteCustomer"));
    expect((await audit.list({})).items).toHaveLength(3);
  });

  it("of an endpoint masks its secrets, and tells one that was changed from one that stayed", async () => {
    await store.customers.put("acme", {});
    const { id } = await store.endpoints.create("acme", secretly("very-secret-key"), { author: by("createEndpoint") });
    expect(await newest()).toMatchObject({ subject: id, before: null, after: { transport: { apiKey: "********" } } });
    await store.endpoints.patch(id, { timeoutSeconds: 30 }, by("patchEndpoint"));
    expect(await newest()).toMatchObject({
      before: { timeoutSeconds: 15, transport: { apiKey: "********" } },
      after: { timeoutSeconds: 30, transport: { apiKey: "********" } },
    });
    await store.endpoints.patch(
      id,
      { transport: { type: "http-post", apiKey: "another-secret" } } as never,
      by("patchEndpoint"),
    );
    expect(await newest()).toMatchObject({ after: { transport: { apiKey: "******** (changed)" } } });
    await store.endpoints.rotateSecret(id, "hmac", by("rotateEndpointSecret"));
    expect(await newest()).toMatchObject({ after: { transport: { signingSecret: "******** (changed)" } } });
    await store.endpoints.delete(id, by("deleteEndpoint"));
    expect(await newest()).toMatchObject({ operation: "deleteEndpoint", after: null });
    const all = JSON.stringify((await audit.list({})).items);
    for (const secret of [...SECRETS, "whsec_"]) expect(all).not.toContain(secret);
  });

  it("of an endpoint's state says what became of what waited", async () => {
    await store.customers.put("acme", {});
    const erp = await store.endpoints.create("acme", post());
    await store.endpoints.setState(erp.id, "paused", "stocktaking", { author: by("pauseEndpoint") });
    expect(await newest()).toMatchObject({
      before: { state: "active", stateReason: "" },
      after: { state: "paused", stateReason: "stocktaking" },
    });
    await addDelivery(store, erp, await addEvent(store));
    const actions = createDeliveryActions(store);
    await actions.resume(erp.id, "cancel", by("resumeEndpoint"));
    expect(await newest()).toMatchObject({
      operation: "resumeEndpoint",
      before: { state: "paused" },
      after: { state: "active", deliveries: "cancel", canceled: 1 },
    });
  });

  it("that disables an endpoint is written down once, however often it is asked for", async () => {
    await store.customers.put("acme", {});
    const { id } = await store.endpoints.create("acme", post());
    for (const reason of ["disabled by the operator: moves", "disabled by the operator"])
      await store.endpoints.setState(id, "disabled", reason, { author: by("disableEndpoint") });
    expect((await audit.list({})).items).toMatchObject([
      {
        ...by("disableEndpoint"),
        before: { state: "active" },
        after: { state: "disabled", stateReason: "disabled by the operator: moves" },
      },
    ]);
  });

  it("of an order names its endpoints, secrets masked", async () => {
    await store.customers.put("acme", {});
    const orders = createOrders({ ...store, registry });
    const first = { details: { reference: "R1" }, callbackUrls: [], endpoints: [secretly("very-secret-key")] };
    await orders.put("acme", "A1", first, by("putOrder"));
    expect(await newest()).toMatchObject({
      customer: "acme",
      subject: "A1",
      before: null,
      after: { details: { reference: "R1" }, endpoints: [{ name: "ERP", transport: { apiKey: "********" } }] },
    });
    await orders.put("acme", "A1", { details: {}, callbackUrls: ["https://a.example/"] }, by("putOrder"));
    expect(await newest()).toMatchObject({
      before: { details: { reference: "R1" } },
      after: { details: {}, callbackUrls: ["https://a.example/"] },
    });
    expect(JSON.stringify((await audit.list({})).items)).not.toContain("very-secret-key");
  });

  it("of the catalogue says what stood there", async () => {
    const statuses = createStatuses(store.database, store.clock);
    const row = { code: "x", status: "PROCESSING", descriptions: { en: "X" } } as const;
    await statuses.put(row, { author: by("putStatus"), before: [] });
    expect(await newest()).toMatchObject({ customer: null, subject: "x", before: null, after: row });
    await statuses.delete("x", { author: by("deleteStatus"), before: [row] });
    expect(await newest()).toMatchObject({ before: [row], after: null });
  });

  it("that nobody made through the API is not written down", async () => {
    await store.customers.put("acme", {});
    const { id } = await store.endpoints.create("acme", post());
    await store.endpoints.setState(id, "disabled", "410");
    expect((await audit.list({})).items).toEqual([]);
  });

  it("is not made where it cannot be written down: both are one transaction", async () => {
    await store.customers.put("acme", {});
    const { id } = await store.endpoints.create("acme", post());
    await store.database.batch([{ sql: "ALTER TABLE audit RENAME TO audit_away", args: [] }]);
    await expect(store.endpoints.patch(id, { timeoutSeconds: 30 }, by("patchEndpoint"))).rejects.toThrow();
    await expect(store.endpoints.setState(id, "paused", "", { author: by("pauseEndpoint") })).rejects.toThrow();
    await expect(store.endpoints.delete(id, by("deleteEndpoint"))).rejects.toThrow();
    await expect(store.customers.put("acme", { name: "New" }, by("putCustomer"))).rejects.toThrow();
    await expect(store.customers.delete("acme", by("deleteCustomer"))).rejects.toThrow();
    const fresh = store.reopened();
    expect(await fresh.get(id)).toMatchObject({ timeoutMs: 15_000, state: "active" });
    expect(await store.customers.get("acme")).toMatchObject({ name: "acme" });
  });

  it("that is large is cut, says how long it was, and stays JSON", async () => {
    const note = { customer: "acme", subject: "A1", before: { text: "🚚".repeat(20_000) }, after: { text: "x" } };
    await audit.write(by("putOrder"), note);
    const entry = await newest();
    const { cut, characters } = (entry?.before ?? {}) as { cut: string; characters: number };
    expect(characters).toBe(JSON.stringify(note.before).length);
    expect(cut.length).toBeLessThanOrEqual(16_385);
    expect(cut.endsWith("…")).toBe(true);
    // No pair of surrogates is cut in two.
    expect(encodeURIComponent(cut)).toContain("%F0%9F%9A%9A");
    expect(entry?.after).toEqual({ text: "x" });
  });
});

describe("the log", () => {
  const write = (subject: string, customer: string | null = "acme") =>
    audit.write(by("putOrder"), { customer, subject, before: null, after: {} });

  it("is filtered by customer, subject and time, and goes in pages, newest first", async () => {
    const begin = store.clock.now();
    for (const [at, subject] of ["A1", "A2", "A1", "B1"].entries()) {
      await write(subject, at === 3 ? "other" : "acme");
      await store.clock.advance(1000);
    }
    const subjects = async (...args: Parameters<Audit["list"]>) =>
      (await audit.list(...args)).items.map(({ subject }) => subject);
    expect(await subjects({})).toEqual(["B1", "A1", "A2", "A1"]);
    expect(await subjects({ customer: "acme" })).toEqual(["A1", "A2", "A1"]);
    expect(await subjects({ customer: "acme", subject: "A1" })).toEqual(["A1", "A1"]);
    expect(await subjects({ customer: "other", subject: "A1" })).toEqual([]);
    expect(await subjects({ from: begin + 1000, to: begin + 3000 })).toEqual(["A1", "A2"]);
    const first = await audit.list({ customer: "acme" }, { limit: 2 });
    expect(first.items.map(({ subject }) => subject)).toEqual(["A1", "A2"]);
    expect(await subjects({ customer: "acme" }, { limit: 2, cursor: first.next ?? "" })).toEqual(["A1"]);
    await expect(audit.list({}, { cursor: "bad!" })).rejects.toThrow();
  });

  it("forgets what is old in small sets, and nothing else", async () => {
    for (let at = 0; at < 3; at++) await write(`A${at}`);
    await store.clock.advance(400 * DAY);
    await write("B1");
    expect(await audit.forgetBefore(store.clock.now() - 365 * DAY, () => true)).toBe(0);
    expect(await audit.forgetBefore(store.clock.now() - 365 * DAY)).toBe(3);
    expect((await audit.list({})).items.map(({ subject }) => subject)).toEqual(["B1"]);
  });
});
