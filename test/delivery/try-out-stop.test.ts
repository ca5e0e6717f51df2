import { expect, it } from "vitest";
import { failure, openWorkedRoad } from "./worked-road.js";

it("ends tests and checks at once when the service stops, without blaming the receiver", async () => {
  const work = await openWorkedRoad({
    send: ({ context }) =>
      new Promise((_resolve, reject) => {
        context.signal.addEventListener("abort", () => reject(failure({ fault: "ambiguous", code: "timeout" })));
      }),
  });
  const endpoint = await work.create("hangs");
  const customer = await work.store.customers.get("acme");
  if (!customer) throw new Error("the customer is missing");
  const outcome = work.road.tryOut.test(endpoint, customer).catch((error: unknown) => error);
  await work.until(() => work.sends.length === 1);
  await work.close();
  expect(await outcome).toMatchObject({ status: 503, code: "busy" });
  // Nor is a new one begun.
  await expect(work.road.tryOut.check(endpoint)).rejects.toMatchObject({ status: 503, code: "busy" });
});
