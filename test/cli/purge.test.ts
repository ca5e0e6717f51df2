import { expect, it } from "vitest";
import { useFakeApi } from "./against-fake.js";

const fake = useFakeApi();
const COUNTS = { events: 1_200, deliveries: 2_400, canceled: 3, attempts: 2_500, orders: 1, endpoints: 1, mails: 2 };
const record = (state: string, events: number) => ({ id: "pur_1", state, counts: { ...COUNTS, events } });

it("purge counts first, and changes nothing when it is only asked", async () => {
  fake.answer("POST /v1/purges", { dryRun: true, counts: COUNTS });
  const { code, out } = await fake.waybell("purge", "--customer", "acme", "--order", "A1", "--dry-run");
  expect([code, fake.asked]).toEqual([0, [["POST /v1/purges", { customer: "acme", order: "A1", dryRun: true }]]]);
  expect(out).toBe(
    'Of the order "A1" of acme there would be deleted: 1,200 events, 2,400 deliveries (3 of them waiting), 2,500 attempts, 1 orders, 1 endpoints, 2 mails.\n',
  );
});

it("purge deletes nothing where nobody can be asked, nor without a customer", async () => {
  fake.answer("POST /v1/purges", { dryRun: true, counts: COUNTS });
  const asked = await fake.waybell("purge", "--customer", "acme");
  expect([asked.code, fake.asked.length]).toEqual([2, 1]);
  expect(asked.err).toMatch(/Delete the customer "acme" and all of it for good\? 1,200 events.*Give --yes/);
  expect(await fake.waybell("purge", "--order", "A1")).toMatchObject({
    code: 2,
    err: expect.stringMatching(/--customer/),
  });
});

it("purge follows the service until all rows are gone, and names the record", async () => {
  const bodies: unknown[] = [];
  const states = [record("running", 600), record("emptied", 1_200)];
  fake.api.routes.set("POST /v1/purges", (body) => {
    bodies.push(body);
    return (body as { dryRun?: boolean }).dryRun ? { dryRun: true, counts: COUNTS } : record("running", 0);
  });
  fake.api.routes.set("GET /v1/purges/pur_1", () => states.shift());
  const { code, out } = await fake.waybell("purge", "--customer", "acme", "--by", "ticket 7", "--yes");
  expect([code, bodies.at(-1)]).toEqual([0, { customer: "acme", requestedBy: "ticket 7" }]);
  expect(out).toContain("Deleted: 1,200 events, 2,400 deliveries");
  expect(out).toContain("The record is pur_1.");
  states.push(record("done", 1_200));
  expect(JSON.parse((await fake.waybell("purge", "--customer", "acme", "--yes", "--json")).out)).toMatchObject({
    id: "pur_1",
    state: "done",
  });
});
