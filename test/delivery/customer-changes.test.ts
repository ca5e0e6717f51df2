import { afterEach, expect, it } from "vitest";
import { OK, openWorkedRoad, type WorkedRoad } from "./worked-road.js";

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
