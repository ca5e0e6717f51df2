import { afterEach, describe, expect, it } from "vitest";
import { StoreUnavailableError } from "../../src/errors.js";
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

it("loads no lane into one of several processes because its endpoint was changed", async () => {
  const looks: string[] = [];
  const leases = {
    giveBack: async () => undefined,
    giveAllBack: async () => undefined,
    renew: async () => undefined,
    lead: async () => true,
  };
  await open(
    () => Promise.resolve(OK),
    (road) => ({
      leases,
      laneState(id) {
        looks.push(id);
        return road.laneState(id);
      },
    }),
  );
  const erp = await worked.create("erp");
  worked.store.endpoints.changedElsewhere(erp.id, "acme", erp.laneId);
  await worked.run(1_000);
  expect(looks).toEqual([]);
  await worked.publish(1);
  await worked.until(async () => (await worked.delivered()) === 1);
  expect(looks).toEqual([erp.laneId]);
  worked.store.endpoints.changedElsewhere(erp.id, "acme", erp.laneId);
  await worked.until(() => looks.length === 2);
});

describe("an endpoint that is pointed elsewhere", () => {
  it("gets two sends at a time until the new receiver has answered, whatever the old one still says", async () => {
    const receiver = hanging();
    await open(receiver.send);
    const erp = await worked.create("erp");
    await worked.publish(20);
    await worked.until(() => receiver.open.length === 2);
    receiver.open.shift()?.(OK);
    await worked.until(() => receiver.open.length === 8);
    await worked.store.endpoints.patch(erp.id, { transport: { type: "http-post", url: "https://new.example/" } });
    await worked.run(100);
    for (const answer of receiver.open.splice(0)) answer(OK);
    await worked.until(() => receiver.open.length === 2);
    await worked.run(100);
    expect(receiver.open).toHaveLength(2);
    receiver.open.shift()?.(OK);
    await worked.until(() => receiver.open.length === 8);
  });
});

describe("an endpoint that is changed while the database cannot be read", () => {
  /** A lane at work, and a database whose lanes cannot be read for as long as `away` says. */
  async function atWork() {
    const database = { away: false, looks: 0 };
    const receiver = hanging();
    await open(receiver.send, (road) => ({
      async laneState(id) {
        database.looks++;
        if (database.away) throw new StoreUnavailableError("other", "away", undefined);
        return road.laneState(id);
      },
    }));
    const erp = await worked.create("erp", { limits: { concurrency: 1 } });
    await worked.publish(5);
    await worked.until(() => receiver.open.length === 1);
    return { erp, receiver, database };
  }

  it("is paused: nothing more is sent, and what was claimed goes back", async () => {
    const { erp, receiver, database } = await atWork();
    database.away = true;
    await worked.store.endpoints.setState(erp.id, "paused", "by hand");
    receiver.open[0]?.(OK);
    await worked.run(2_000);
    expect(await worked.states()).toEqual({ delivered: 1, pending: 4 });
    await worked.publish(1);
    await worked.run(10_000);
    expect(await worked.states()).toEqual({ delivered: 1, pending: 5 });
    database.away = false;
    await worked.run(10_000);
    expect(worked.sends).toHaveLength(1);
    await worked.store.endpoints.setState(erp.id, "active", "");
    await worked.until(() => receiver.open.length === 2);
  });

  it("goes on as it says now a second after the database is back, and is read no more then", async () => {
    const { erp, receiver, database } = await atWork();
    database.away = true;
    await worked.store.endpoints.patch(erp.id, { transport: { type: "http-post", url: "https://new.example/" } });
    receiver.open[0]?.(OK);
    await worked.run(5_500);
    expect(worked.sends).toHaveLength(1);
    database.away = false;
    await worked.run(1_000);
    await worked.until(() => receiver.open.length === 2);
    expect(worked.sends[1]?.url).toBe("https://new.example/");
    const { looks } = database;
    await worked.run(5_000);
    expect(database.looks).toBe(looks);
  });

  it("is changed again: the later reading decides, though the earlier one has its answer after it", async () => {
    const waiting: (() => void)[] = [];
    let hold = false;
    await open(
      () => Promise.resolve(OK),
      (road) => ({
        async laneState(id) {
          const state = await road.laneState(id);
          if (hold) await new Promise<void>((go) => waiting.push(go));
          return state;
        },
      }),
    );
    const erp = await worked.create("erp");
    await worked.publish(1);
    await worked.until(() => worked.sends.length === 1);
    hold = true;
    await worked.store.endpoints.patch(erp.id, { timeoutSeconds: 20 });
    await worked.store.endpoints.setState(erp.id, "paused", "by hand");
    await worked.until(() => waiting.length === 2);
    hold = false;
    waiting[1]?.();
    await worked.run(100);
    waiting[0]?.();
    await worked.publish(3);
    await worked.run(5_000);
    expect(worked.sends).toHaveLength(1);
  });

  it("does not keep a stopped process alive", async () => {
    const { erp, receiver, database } = await atWork();
    database.away = true;
    await worked.store.endpoints.setState(erp.id, "paused", "by hand");
    receiver.open[0]?.(OK);
    const stopped = worked.road.stop(1_000);
    await worked.run(5_000, 50);
    await stopped;
    expect(worked.clock.waiting).toBe(0);
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
    await worked.publish(2);
    await worked.until(() => worked.sends.length === 2);
    const stopped = worked.road.stop(5_000);
    await worked.run(4_000);
    expect(await worked.states()).toEqual({ sending: 2 });
    await worked.run(4_000, 100);
    await stopped;
    expect(await worked.states()).toEqual({ pending: 2 });
    expect((await worked.deliveries()).every(({ attempts, step }) => attempts === 0 && step === 0)).toBe(true);
    expect(await worked.store.database.prisma.attempt.count()).toBe(0);
    expect(worked.clock.waiting).toBe(0);
  });
});
