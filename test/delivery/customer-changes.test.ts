import { afterEach, expect, it } from "vitest";
import { hostOf, OK, openWorkedRoad, type WorkedRoad } from "./worked-road.js";

let worked: WorkedRoad;
afterEach(() => worked.close());

it("sends in a customer's new time zone from a lane that was at work before the change", async () => {
  worked = await openWorkedRoad({ send: () => Promise.resolve(OK) });
  await worked.store.customers.put("acme", { timeZone: "Asia/Tokyo" });
  await worked.create("erp");
  const statusTime = "2023-07-19T11:06:49+02:00";
  const sentTimes = () =>
    worked.sends.map(({ payload }) => new Map(payload.fields ?? []).get("statustime") ?? payload.body.toString());
  await worked.publish(1, { statusTime });
  await worked.until(() => worked.sends.length === 1);
  expect(sentTimes()[0]).toContain("20230719180649");
  await worked.store.customers.put("acme", { timeZone: "Europe/Brussels" });
  await worked.run(0);
  await worked.publish(1, { statusTime });
  await worked.until(() => worked.sends.length === 2);
  expect(sentTimes()[1]).toContain("20230719110649");
});

it("goes by what the database says once it is known that changes were missed", async () => {
  worked = await openWorkedRoad({ send: () => Promise.resolve(OK) });
  const { database, customers, endpoints } = worked.store;
  const paused = await worked.create("paused");
  await worked.create("active");
  await worked.publish(1);
  await worked.until(() => worked.sends.length === 2);
  // As another process does, of which this one has heard nothing.
  await database.batch([
    { sql: "UPDATE endpoints SET state = 'paused', version = version + 1 WHERE id = ?", args: [paused.id] },
    { sql: "UPDATE customers SET time_zone = 'Asia/Tokyo' WHERE id = 'acme'", args: [] },
  ]);
  endpoints.forgetAll();
  await worked.run(0);
  await worked.publish(3, { statusTime: "2023-07-19T11:06:49+02:00" });
  await worked.until(async () => (await worked.delivered()) === 5);
  await worked.run(10_000);
  const later = worked.sends.slice(2);
  expect(later.map(hostOf)).toEqual(["active", "active", "active"]);
  expect(later[0]?.payload.body.toString()).toContain("20230719180649");
  expect(await customers.get("acme")).toMatchObject({ timeZone: "Asia/Tokyo" });
  expect((await endpoints.forAllOrders("acme")).map(({ state }) => state).sort()).toEqual(["active", "paused"]);
});
