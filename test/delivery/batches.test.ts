import { afterEach, describe, expect, it } from "vitest";
import { TransportError } from "../../src/errors.js";
import { createDeliveries } from "../../src/store/deliveries.js";
import { batched, CREATED, ordersOf } from "./batch-kit.js";
import {
  failure,
  hanging,
  idOf,
  OK,
  openWorkedRoad,
  type Send,
  type WorkedRoad,
  type WorkedRoadOptions,
} from "./worked-road.js";

let worked: WorkedRoad;
afterEach(() => worked.close());

const open = async (send: WorkedRoadOptions["send"], change?: WorkedRoadOptions["change"]) => {
  worked = await openWorkedRoad({ send, ...(change ? { change } : {}) });
};
const attemptsOf = async (id: string) => (await createDeliveries(worked.store.database).get(id))?.attemptList ?? [];

/** Answers as Aveonline does: 422 with its reasons when one of the orders is bad, else 201. */
const partner =
  (bad: ReadonlySet<string>): WorkedRoadOptions["send"] =>
  async (send) => {
    const refused = ordersOf(send).filter((order) => bad.has(order));
    if (refused.length === 0) return CREATED;
    const errors = refused.map((order) => ({
      title: "Unprocessable Content",
      detail: `${order} no existe`,
      status: 422,
    }));
    throw new TransportError({
      fault: "response",
      code: "http_422",
      message: "The server answered 422 Unprocessable Entity.",
      status: 422,
      response: JSON.stringify({ errors }),
    });
  };

describe("a batch", () => {
  it("of 50 with 3 refused items ends as 47 delivered, 3 failed with their reasons", async () => {
    const bad = new Set(["A7", "A8", "A33"]);
    await open(partner(bad));
    await worked.create("ave", batched(50, "0s", { retry: { schedule: ["0s", "1m"], giveUpAfter: "1d" } }));
    await worked.publish(50);
    await worked.until(async () => (await worked.delivered()) === 47, "the good ones arrive");
    // They alone are tried once more, by the schedule: splitting has spent nothing of it.
    expect(await worked.states()).toEqual({ delivered: 47, pending: 3 });
    await worked.run(120_000);
    await worked.until(async () => (await worked.states()).failed === 3, "the bad ones are given up");
    const failed = (await worked.deliveries()).filter(({ state }) => state === "failed");
    expect(failed.map(({ order_number: order, last_error: error }) => error.includes(`${order} no existe`))).toEqual([
      true,
      true,
      true,
    ]);
    expect(failed.map(({ reason }) => reason)).toEqual(Array(3).fill("attempts exhausted"));
    // The whole, then halves of what is bad: no order of the good ones was asked for twice after it had arrived.
    const arrived = worked.sends.flatMap((send) =>
      ordersOf(send).some((order) => bad.has(order)) ? [] : ordersOf(send),
    );
    expect(arrived).toHaveLength(47);
    expect(ordersOf(worked.sends[0] as Send)).toHaveLength(50);
    const outcomes = (await attemptsOf(failed[0]?.id ?? "")).map(({ outcome }) => outcome);
    expect(outcomes.at(0)).toBe("split");
    expect(outcomes.slice(-2)).toEqual(["retry", "failed"]);
  });

  it("is split without an alarm, and its attempts show what was sent to whom", async () => {
    await open(partner(new Set(["A2"])));
    const { laneId } = await worked.create("ave", batched(4));
    await worked.publish(4);
    await worked.until(async () => (await worked.deliveries())[1]?.step === 1);
    await worked.until(async () => (await worked.delivered()) === 3);
    const [first, second] = await worked.deliveries();
    const [split, retry] = await attemptsOf(second?.id ?? "");
    expect(split).toMatchObject({ outcome: "split", code: "content_refused", batch: { events: 4 } });
    expect(split?.detail).toContain("A2 no existe");
    expect(split?.sent?.body).toContain('"id_envio":"A1"');
    expect(retry?.batch?.events).toBe(2);
    expect((await attemptsOf(first?.id ?? "")).map(({ outcome }) => outcome)).toEqual(["split", "split", "delivered"]);
    expect(second).toMatchObject({ state: "pending", fault: "response", step: 1 });
    // One refusal is counted, that of the bad item alone, which went out last.
    const { response_failures: refusals, failures, held_reason: held } = await worked.lane(laneId);
    expect([refusals, failures, held]).toEqual([1, 0, null]);
  });

  it("takes what is due, up to its size, in the order in which it came", async () => {
    await open(() => Promise.resolve(CREATED));
    await worked.create("ave", batched(20));
    await worked.publish(50);
    await worked.until(async () => (await worked.delivered()) === 50);
    expect(worked.sends.map((send) => ordersOf(send).length)).toEqual([20, 20, 10]);
    expect(worked.sends.flatMap(ordersOf)).toEqual(Array.from({ length: 50 }, (_, at) => `A${at + 1}`));
    expect(new Set(worked.sends.map(idOf)).size).toBe(3);
    expect(worked.sends.every((send) => idOf(send).startsWith("bat_"))).toBe(true);
  });

  it("waits for more until its time is over, and not once it is full", async () => {
    await open(() => Promise.resolve(CREATED));
    await worked.create("ave", batched(10, "30s"));
    await worked.publish(4);
    await worked.run(20_000);
    expect(worked.sends).toHaveLength(0);
    expect(await worked.states()).toEqual({ pending: 4 });
    await worked.publish(3);
    await worked.run(11_000);
    await worked.until(async () => (await worked.delivered()) === 7);
    expect(worked.sends.map((send) => ordersOf(send).length)).toEqual([7]);
    await worked.publish(10);
    await worked.until(async () => (await worked.delivered()) === 17);
    expect(worked.sends.map((send) => ordersOf(send).length)).toEqual([7, 10]);
  });

  it("goes out again whole under the same id, however much has come since", async () => {
    let fails = 2;
    await open(() => (fails-- > 0 ? Promise.reject(failure()) : Promise.resolve(CREATED)));
    await worked.create("ave", batched(50));
    await worked.publish(3);
    await worked.until(() => worked.sends.length === 1);
    await worked.publish(2);
    await worked.run(120_000, 40);
    await worked.until(async () => (await worked.delivered()) === 5);
    const whole = worked.sends.filter((send) => ordersOf(send).includes("A1"));
    expect(whole.length).toBeGreaterThan(1);
    expect(new Set(whole.map(idOf)).size).toBe(1);
    for (const send of whole) expect(ordersOf(send)).toEqual(["A1", "A2", "A3"]);
  });

  it("that a crash cut off goes out again whole under the same id", async () => {
    const receiver = hanging();
    await open(receiver.send);
    await worked.create("ave", batched(50));
    await worked.publish(5);
    await worked.until(() => receiver.open.length === 1);
    const next = await worked.restart();
    // As the start of the next process does.
    expect(await worked.store.road.releaseAll()).toBe(5);
    next.start();
    await worked.until(() => worked.sends.length === 2);
    expect(worked.sends.map(idOf)).toEqual([idOf(worked.sends[0] as Send), idOf(worked.sends[0] as Send)]);
    expect(worked.sends.map((send) => ordersOf(send).length)).toEqual([5, 5]);
    expect(worked.sends[1]?.context.mayHaveArrived).toBe(true);
    receiver.open[1]?.(CREATED);
    await worked.until(async () => (await worked.delivered()) === 5);
  });

  it("that one was taken out of goes out without it; what is retried by hand goes out in another", async () => {
    let down = true;
    await open(() => (down ? Promise.reject(failure()) : Promise.resolve(CREATED)));
    await worked.create("ave", batched(50));
    await worked.publish(4);
    await worked.until(() => worked.sends.length === 1);
    await worked.until(async () => (await worked.states()).pending === 4);
    const [first, second] = await worked.deliveries();
    await worked.store.actions.cancel({ ids: [first?.id ?? ""] });
    await worked.store.actions.retry({ ids: [second?.id ?? ""] });
    down = false;
    await worked.run(20_000);
    await worked.until(async () => (await worked.delivered()) === 3);
    const [whole, ...rest] = worked.sends;
    const same = rest.filter((send) => idOf(send) === idOf(whole as Send));
    expect(same.flatMap(ordersOf)).toEqual(["A3", "A4"]);
    expect(rest.filter((send) => !same.includes(send)).flatMap(ordersOf)).toEqual(["A2"]);
  });

  it("never uses the id of a batch again that went out without some of it", async () => {
    await open(() => Promise.reject(failure({ fault: "ambiguous", code: "reset" })));
    await worked.create("ave", batched(50));
    await worked.publish(3);
    await worked.until(async () => worked.sends.length === 1 && (await worked.states()).pending === 3);
    const { batch_id: id } = (await worked.deliveries())[0] ?? {};
    // As when two of three were recorded as delivered before a full disk.
    const done = "UPDATE deliveries SET state = 'delivered' WHERE order_number IN ('A1', 'A2')";
    await worked.store.database.batch([{ sql: done, args: [] }]);
    await worked.run(20_000);
    await worked.until(() => worked.sends.length > 1);
    expect(id).toBe(idOf(worked.sends[0] as Send));
    expect(idOf(worked.sends[1] as Send)).not.toBe(id);
    expect(ordersOf(worked.sends[1] as Send)).toEqual(["A3"]);
  });

  it("holds the lane with what is to be done when the token has ended", async () => {
    await open(() =>
      Promise.reject(
        new TransportError({
          fault: "response",
          code: "http_401",
          message: "The server answered 401 Unauthorized.",
          status: 401,
          response: '{"errors":[{"title":"Unauthenticated","detail":"The signature is invalid.","status_code":"401"}]}',
        }),
      ),
    );
    const { laneId } = await worked.create("ave", batched(50));
    await worked.publish(5);
    await worked.until(async () => (await worked.lane(laneId)).held_reason !== null);
    await worked.run(600_000, 20);
    expect(worked.sends).toHaveLength(1);
    expect(await worked.states()).toEqual({ pending: 5 });
    expect((await worked.lane(laneId)).held_reason).toContain("Renew the token");
  });

  it("is due again as a whole, also when one of it will expire before", async () => {
    await open(() => Promise.reject(failure()));
    const retry = { schedule: ["0s", "10m"], giveUpAfter: "1d" };
    const { id } = await worked.create("ave", batched(50, "0s", { retry }));
    await worked.store.endpoints.setState(id, "paused", "");
    await worked.publish(3);
    // As one that has waited for most of its time.
    const sql = "UPDATE deliveries SET expires_at = ? WHERE order_number = 'A2'";
    await worked.store.database.batch([{ sql, args: [worked.clock.now() + 60_000] }]);
    await worked.store.actions.resume(id, "sendAll");
    await worked.until(async () => (await worked.deliveries()).every(({ step }) => step === 1));
    const due = (await worked.deliveries()).map(({ due_at }) => Number(due_at));
    expect(new Set(due).size).toBe(1);
    expect(Number(due[0]) - worked.clock.now()).toBeGreaterThan(500_000);
  });

  it("is not sent before its members are kept", async () => {
    let refuse = 2;
    await open(
      () => Promise.resolve(CREATED),
      (road) => ({ batch: (batch) => (refuse-- > 0 ? Promise.reject(new Error("full")) : road.batch(batch)) }),
    );
    await worked.create("ave", batched(50));
    worked.road.start();
    await worked.publish(3);
    await worked.until(async () => (await worked.delivered()) === 3);
    expect(worked.sends).toHaveLength(1);
    expect(refuse).toBeLessThan(0);
    expect((await worked.deliveries()).map(({ batch_id: id }) => id)).toEqual(
      Array(3).fill(idOf(worked.sends[0] as Send)),
    );
  });

  it("holds no more than 16 MiB of pictures", async () => {
    await open(() => Promise.resolve(CREATED));
    await worked.create("ave", batched(50));
    const picture = `data:image/png;base64,${"A".repeat(6 * 1024 * 1024)}`;
    await worked.publish(3, { pictures: [picture] });
    await worked.until(async () => (await worked.delivered()) === 3);
    expect(worked.sends.map(({ payload }) => Math.round(payload.body.length / 1024 / 1024))).toEqual([12, 6]);
  });
});

describe("a setting", () => {
  it("must send the header without which the partner takes nothing", async () => {
    await open(() => Promise.resolve(OK));
    const plain = { type: "http-post", url: "https://ave.example/" };
    await expect(worked.create("a", batched(2, "0s", { transport: plain }))).rejects.toMatchObject({
      fields: [{ path: "/transport/headers", message: expect.stringContaining("Ave-Hub-signature") }],
    });
    const auth = { type: "jwt", header: "Ave-Hub-signature", algorithm: "HS256", key: "k".repeat(32) };
    await worked.create("b", batched(2, "0s", { transport: { ...plain, auth } }));
    const callbackTemplate = { name: "aveonline", options: {} };
    await expect(worked.store.customers.put("acme", { callbackTemplate })).rejects.toMatchObject({
      fields: [{ path: "/callbackTemplate/name", message: expect.stringContaining("a header of its own") }],
    });
    const ftp = { type: "ftp", host: "ftp.example", username: "u", password: "p" };
    const template = { name: "aveonline", options: {} };
    await expect(worked.create("c", { transport: ftp, template })).rejects.toMatchObject({
      fields: [{ path: "/template/name", message: expect.stringContaining("which ftp cannot send") }],
    });
  });

  it("may hold as many events as its template takes, by HTTP alone", async () => {
    await open(() => Promise.resolve(OK));
    await expect(worked.create("a", batched(501))).rejects.toMatchObject({
      fields: [{ path: "/limits/batch/maxEvents" }],
    });
    await expect(
      worked.create("b", { ...batched(2), template: { name: "ontime", options: {} } }),
    ).rejects.toMatchObject({ fields: [{ path: "/limits/batch/maxEvents" }] });
  });
});
