import { afterEach, describe, expect, it } from "vitest";
import { StoreUnavailableError } from "../../src/errors.js";
import { failure, hanging, OK, openWorkedRoad, type WorkedRoad } from "./worked-road.js";

let worked: WorkedRoad;
afterEach(() => worked.close());

const FTP = {
  transport: { type: "ftp", host: "ftp.example.com", username: "u", password: "p", directory: "in" },
  template: { name: "ontime", options: { format: "xml" } },
};
const full = () => Promise.reject(new StoreUnavailableError("full", "no room", null));

describe("a failure of the old setting while the endpoint is changed", () => {
  it.each(["recorded after the change", "settled after the change"] as const)("holds nothing (%s)", async (order) => {
    const receiver = hanging();
    worked = await openWorkedRoad({ send: receiver.send });
    const erp = await worked.create("erp", { limits: { concurrency: 1 } });
    worked.road.start();
    await worked.publish(2);
    await worked.until(() => receiver.open.length === 1);
    const wrong = failure({ fault: "config", code: "address_refused", message: "refused" });
    const patching = worked.store.endpoints.patch(erp.id, { timeoutSeconds: 20 });
    if (order === "settled after the change") await patching;
    receiver.open[0]?.(wrong);
    await patching;
    await worked.until(() => receiver.open.length === 2);
    receiver.open[1]?.(OK);
    await worked.until(() => receiver.open.length === 3);
    receiver.open[2]?.(OK);
    await worked.until(async () => (await worked.delivered()) === 2);
    expect(await worked.lane(erp.id)).toMatchObject({ held_reason: null, held_at: null });
  });

  it("is tried again at once with the new one", async () => {
    const receiver = hanging();
    worked = await openWorkedRoad({ send: receiver.send });
    const erp = await worked.create("erp", { limits: { concurrency: 1 }, retry: { schedule: ["0s", "5h", "5h"] } });
    worked.road.start();
    await worked.publish(1);
    await worked.until(() => receiver.open.length === 1);
    await worked.store.endpoints.patch(erp.id, { transport: { type: "http-post", apiKey: "the right one" } });
    // The lane has heard of it.
    await worked.run(100);
    receiver.open[0]?.(failure({ fault: "response", code: "http_401", status: 401 }));
    await worked.until(() => receiver.open.length === 2);
    receiver.open[1]?.(OK);
    await worked.until(async () => (await worked.delivered()) === 1);
  });

  it("is no 410 of the new one: it stays active", async () => {
    const receiver = hanging();
    worked = await openWorkedRoad({ send: receiver.send });
    const erp = await worked.create("erp");
    worked.road.start();
    await worked.publish(1);
    await worked.until(() => receiver.open.length === 1);
    receiver.open[0]?.(failure({ fault: "response", code: "http_410", status: 410 }));
    const url = "https://new.example/";
    await worked.store.endpoints.patch(erp.id, { transport: { type: "http-post", url } });
    await worked.run(2_000);
    expect(await worked.store.endpoints.get(erp.id)).toMatchObject({ state: "active", transport: { url } });
  });
});

it("a claim that cannot be named nor given back on a full disk is given back when there is room", async () => {
  let noRoom = true;
  worked = await openWorkedRoad({
    send: () => Promise.resolve(OK),
    change: (road) => ({
      takeName: (wish) => (noRoom ? full() : road.takeName(wish)),
      release: (claim) => (noRoom ? full() : road.release(claim)),
    }),
  });
  await worked.create("ftp", FTP);
  await worked.publish(3);
  await worked.run(3_000);
  expect(await worked.states()).toEqual({ sending: 3 });
  noRoom = false;
  for (let second = 0; second < 60 && (await worked.delivered()) < 3; second++) await worked.run(1_000);
  expect(await worked.states()).toEqual({ delivered: 3 });
  expect(
    (await worked.deliveries()).every(({ internal_faults, attempts }) => internal_faults === 0 && attempts === 1),
  ).toBe(true);
});

it("a stop waits for the claims that are being made, and leaves nothing claimed", async () => {
  let asked = () => {};
  const claiming = new Promise<void>((resolve) => {
    asked = resolve;
  });
  worked = await openWorkedRoad({
    send: () => Promise.resolve(OK),
    change: (road) => ({
      async claim(request) {
        asked();
        await new Promise((later) => setTimeout(later, 50));
        return road.claim(request);
      },
    }),
  });
  await worked.create("ftp", FTP);
  await worked.publish(20);
  void worked.clock.advance(0);
  await claiming;
  const stopping = worked.road.stop(0);
  await worked.run(2_500, 100);
  await stopping;
  expect(await worked.states()).toEqual({ pending: 20 });
});

it("bounds the bytes of what is claimed, however many receivers hang", async () => {
  const receiver = hanging();
  let claimed = 0;
  worked = await openWorkedRoad({
    send: receiver.send,
    change: (road) => ({
      async claim(request) {
        const answer = await road.claim(request);
        claimed += answer.claims.length;
        return answer;
      },
    }),
  });
  for (const name of ["a", "b", "c"]) await worked.create(name);
  const comment = "x".repeat(64_000);
  for (let set = 0; set < 12; set++) await worked.publish(50, { comment });
  const answering = setInterval(() => {
    for (const answer of receiver.open.splice(0)) answer(OK);
  }, 1);
  await worked.until(async () => (await worked.delivered()) >= 600, "growing claims");
  clearInterval(answering);
  for (let set = 0; set < 12; set++) await worked.publish(50, { comment });
  await worked.run(1_000);
  // Of what was answered before, some may be recorded only now; nothing more arrives.
  const held = claimed - (await worked.delivered());
  // 1 MiB holds 16 of them; each lane has one claim that it sends from, and the next, beside the eight under way.
  expect(held).toBeLessThanOrEqual(3 * (8 + 2 * 16));
  expect(held).toBeGreaterThanOrEqual(3 * 8);
});
