import { afterEach, describe, expect, it } from "vitest";
import { failure, hanging, OK, openWorkedRoad, type WorkedRoad, type WorkedRoadOptions } from "./worked-road.js";

let worked: WorkedRoad;
afterEach(() => worked.close());

const open = async (send: WorkedRoadOptions["send"], change?: WorkedRoadOptions["change"]) => {
  worked = await openWorkedRoad({ send, ...(change ? { change } : {}) });
};

describe("an endpoint that is changed while deliveries wait", () => {
  it("is deleted: they are canceled, those that were claimed too", async () => {
    const receiver = hanging();
    await open(receiver.send);
    const erp = await worked.create("erp", { limits: { concurrency: 1 } });
    await worked.publish(10);
    await worked.until(() => receiver.open.length === 1);
    await worked.store.endpoints.delete(erp.id);
    receiver.open[0]?.(failure({ fault: "response", code: "http_500", status: 500 }));
    worked.road.start();
    await worked.run(30_000);
    expect(await worked.states()).toEqual({ canceled: 10 });
    expect((await worked.deliveries()).every(({ reason }) => reason === "endpoint deleted")).toBe(true);
    expect(worked.sends).toHaveLength(1);
  });

  it("is paused: they wait, and go when it is resumed", async () => {
    await open(() => Promise.resolve(OK));
    const erp = await worked.create("erp");
    await worked.store.endpoints.setState(erp.id, "paused", "by hand");
    worked.road.start();
    await worked.publish(5);
    await worked.run(60_000);
    expect(worked.sends).toEqual([]);
    await worked.store.endpoints.setState(erp.id, "active", "");
    await worked.until(async () => (await worked.delivered()) === 5);
  });

  it("is a callback URL that is paused: its own are parked, those of its neighbours go on", async () => {
    await open(() => Promise.resolve(OK));
    const urls = ["https://cb.example/1", "https://cb.example/2"];
    const customer = await worked.store.endpoints.requireCustomer("acme");
    const [one, two] = await worked.store.endpoints.callbacks(customer, urls);
    expect(one?.laneId).toBe(two?.laneId);
    await worked.publish(3, { callbackUrls: urls });
    await worked.store.endpoints.setState(one?.id ?? "", "paused", "by hand");
    worked.road.start();
    await worked.run(60_000);
    expect(worked.sends.map(({ url }) => url)).toEqual([urls[1], urls[1], urls[1]]);
    expect(await worked.states()).toEqual({ delivered: 3, pending: 3 });
    await worked.store.actions.resume(one?.id ?? "", "sendAll");
    await worked.run(10_000);
    expect(await worked.states()).toEqual({ delivered: 6 });
  });
});

describe("a stop", () => {
  it("lets sends under way finish, and gives back what was not started", async () => {
    const receiver = hanging();
    await open(receiver.send);
    await worked.create("erp", { limits: { concurrency: 2 } });
    await worked.publish(10);
    await worked.until(() => receiver.open.length === 2);
    const stopped = worked.road.stop(5_000);
    await worked.run(1_000);
    for (const answer of receiver.open) answer(OK);
    await worked.run(1_000);
    await stopped;
    expect(await worked.states()).toEqual({ delivered: 2, pending: 8 });
    expect(worked.sends).toHaveLength(2);
  });

  it("ends what does not finish in time, and records nothing of it", async () => {
    await open(
      ({ context }) =>
        new Promise((_resolve, reject) => {
          context.signal.addEventListener("abort", () => reject(failure({ fault: "ambiguous", code: "timeout" })));
        }),
    );
    await worked.create("erp");
    await worked.publish(3);
    await worked.until(() => worked.sends.length === 3);
    const stopped = worked.road.stop(5_000);
    await worked.run(4_000);
    expect(await worked.states()).toEqual({ sending: 3 });
    await worked.run(4_000, 100);
    await stopped;
    expect(await worked.states()).toEqual({ pending: 3 });
    expect((await worked.deliveries()).every(({ attempts, step }) => attempts === 0 && step === 0)).toBe(true);
    expect(await worked.store.database.prisma.attempt.count()).toBe(0);
    expect(worked.clock.waiting).toBe(0);
  });
});
