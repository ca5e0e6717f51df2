import { expect, it } from "vitest";
import { OK, openWorkedRoad } from "./worked-road.js";

it("tests a file endpoint under a name that no delivery has, though its event was delivered", async () => {
  const work = await openWorkedRoad({ send: () => Promise.resolve(OK) });
  const transport = { type: "ftp", host: "ftp.example.com", username: "u", password: "p", directory: "in" };
  const endpoint = await work.create("ftp", { transport, template: { name: "ontime", options: { format: "json" } } });
  const customer = await work.store.endpoints.requireCustomer("acme");
  const event = { customer: "acme", order: "A", statusCode: "take", statusTime: "2023-07-19T11:06:49+02:00" };
  await work.publish(1, event);
  await work.until(async () => (await work.delivered()) === 1);
  const results = [];
  for (let time = 0; time < 2; time++) results.push(await work.road.tryOut.test(endpoint, customer, { event }));
  const [delivered, ...tested] = work.sends.map(({ context }) => context.fileName);
  expect(delivered).toBe("A_take_20230719110649.json");
  for (const name of tested) expect(name).toMatch(/^TEST-dlv_[0-9a-z]{26}_A_take_20230719110649\.json$/);
  expect(tested[0]).not.toBe(tested[1]);
  expect(results.map(({ attempt }) => attempt.sent?.fileName)).toEqual(tested);
  expect((await work.road.tryOut.preview(endpoint, customer, { event })).fileName).toBe(delivered);
  await work.close();
});

it("takes an event without a customer as the endpoint's, and refuses that of another", async () => {
  const work = await openWorkedRoad({ send: () => Promise.resolve(OK) });
  const endpoint = await work.create("erp");
  const customer = await work.store.endpoints.requireCustomer("acme");
  const event = { order: "A", statusCode: "take", statusTime: "2023-07-19T11:06:49+02:00" };
  expect((await work.road.tryOut.preview(endpoint, customer, { event })).body).toContain('"order":"A"');
  await expect(
    work.road.tryOut.preview(endpoint, customer, { event: { ...event, customer: "other" } }),
  ).rejects.toMatchObject({
    fields: [{ path: "/event/customer", message: 'is not the endpoint\'s customer, "acme"' }],
  });
  await work.close();
});
