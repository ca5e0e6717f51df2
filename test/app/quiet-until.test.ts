import { expect, it, onTestFinished } from "vitest";
import { manualClock } from "../support/clock.js";
import { startTestService, temporaryFolder } from "../support/service.js";

it("an endpoint tells until when its quiet hours go on, alone and in its list, and nothing after them", async () => {
  const clock = manualClock(Date.parse("2026-01-14T22:00:00Z"));
  const { folder, remove } = temporaryFolder();
  const service = await startTestService(folder, { clock });
  onTestFinished(async () => {
    await service.close();
    remove();
  });
  const limits = { quietHours: [{ from: "22:00", to: "06:00" }] };
  const id = await service.endpoint("http://127.0.0.1:8/", { limits, timeZone: "Europe/Brussels" });
  type Shown = { readonly id: string; readonly quietUntil: string | null };
  const told = async () => {
    const { body: one } = await service.call<Shown>("GET", `/v1/endpoints/${id}`);
    const { body: list } = await service.call<{ items: Shown[] }>("GET", `/v1/customers/acme/endpoints`);
    return [one.quietUntil, list.items.find((each) => each.id === id)?.quietUntil];
  };
  expect(await told()).toEqual(Array(2).fill("2026-01-15T05:00:00.000Z"));
  await clock.advance(7 * 3_600_000);
  expect(await told()).toEqual([null, null]);
});
