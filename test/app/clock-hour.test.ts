import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../support/clock.js";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.js";
import { startTestService, type TestService, temporaryFolder, until } from "../support/service.js";

const HOUR = 3_600_000;

let folder: string;
let removeFolder: () => void;
let clock: ManualClock;
let sound: HttpReceiver;
let failing: HttpReceiver;
let lines: string[];
let service: TestService;

beforeEach(async () => {
  ({ folder, remove: removeFolder } = temporaryFolder());
  clock = manualClock(Date.UTC(2026, 9, 25, 0, 30));
  [sound, failing] = [await startHttpReceiver(), await startHttpReceiver()];
  failing.answer = { status: 500 };
  lines = [];
  service = await start();
  await service.endpoint(sound.url);
  await service.endpoint(failing.url);
});
afterEach(async () => {
  await service.close();
  await Promise.all([sound.stop(), failing.stop()]);
  removeFolder();
});

const start = () => startTestService(folder, { clock, lines });

/** Lets `ms` pass on both clocks in steps, with time for what each of them begins. */
async function pass(ms: number, step = 5_000): Promise<void> {
  for (let at = 0; at < ms; at += step) {
    await clock.advance(step);
    await new Promise((turn) => setTimeout(turn, 5));
  }
}

/** Lets time pass by little until it has happened. */
async function passUntil(seen: () => boolean | Promise<boolean>, what: string): Promise<void> {
  await until(
    async () => {
      await clock.advance(2_000);
      return seen();
    },
    60_000,
    what,
  );
}

const idsAt = ({ received }: HttpReceiver) => received.map(({ headers }) => String(headers["webhook-id"]));
const ordersAt = ({ received }: HttpReceiver) =>
  new Set(received.map(({ body }) => (JSON.parse(body.toString()) as { order: string }).order));
const countOf = async (state: string) =>
  (await service.call<{ items: unknown[] }>("GET", `/v1/deliveries?state=${state}&limit=500`)).body.items.length;
const told = () =>
  lines.filter((line) => line.includes("the clock of this machine was set")).map((line) => JSON.parse(line));

describe("a clock that is set an hour back and forward again, under a service at work", { timeout: 120_000 }, () => {
  const JUMPS: [string, number[]][] = [
    ["back, then forward", [-HOUR, HOUR]],
    ["forward, then back", [HOUR, -HOUR]],
    ["back and forward, twice", [-HOUR, HOUR, -HOUR, HOUR]],
  ];

  it.each(JUMPS)("%s: nothing is lost, repeated or put off, and each jump is told once", async (_how, jumps) => {
    let published = 0;
    const publish = async () => {
      const { status } = await service.publish({ order: `A${++published}`, id: `id-${published}` });
      expect(status).toBe(202);
    };
    await publish();
    await passUntil(() => failing.received.length >= 1 && sound.received.length >= 1, "the first attempts");
    for (const jump of jumps) {
      clock.jump(jump);
      await publish();
      await passUntil(() => ordersAt(sound).size === published, "the arrival of what was published after a jump");
      await pass(15_000);
    }
    // The same by id makes no doubles, whatever the clock showed when it was first posted.
    const { body } = await service.publish({ order: "A1", id: "id-1" });
    expect(body).toMatchObject([{ duplicate: true }]);

    failing.answer = { status: 200 };
    // Of the schedule's first four delays the longest is five minutes; an hour that was slept through would not do.
    await passUntil(async () => (await countOf("delivered")) === 2 * published, "the end of all deliveries");
    expect(ordersAt(failing).size).toBe(published);
    // Once each where all was well; with the same id on every retry elsewhere.
    expect(new Set(idsAt(sound)).size).toBe(sound.received.length);
    expect(sound.received).toHaveLength(published);
    expect(new Set(idsAt(failing)).size).toBe(published);
    expect((await countOf("failed")) + (await countOf("canceled"))).toBe(0);
    expect(told()).toHaveLength(jumps.length);
    for (const [at, { seconds, level }] of told().entries()) {
      expect(level).toBe(40);
      expect(Math.abs(seconds - (jumps[at] ?? 0) / 1000)).toBeLessThanOrEqual(1);
    }
  });

  it("while the service is stopped, in either direction: nothing is stranded", async () => {
    for (const [at, jump] of [-HOUR, HOUR].entries()) {
      await service.publish({ order: `B${at}` });
      await passUntil(() => failing.received.length > at, "an attempt that fails");
      await service.close();
      clock.jump(jump);
      service = await start();
    }
    failing.answer = { status: 200 };
    await passUntil(async () => (await countOf("delivered")) === 4, "the end of all deliveries");
    expect(new Set(idsAt(failing)).size).toBe(2);
    expect(sound.received).toHaveLength(2);
  });

  it("is seen in the timestamps of what is sent: they are those of the clock at that moment", async () => {
    for (const jump of [0, -HOUR, 2 * HOUR]) {
      clock.jump(jump);
      const before = sound.received.length;
      await service.publish({ order: `C${before}` });
      await passUntil(() => sound.received.length > before, "the arrival");
      const stamp = Number(sound.received.at(-1)?.headers["webhook-timestamp"]) * 1000;
      expect(Math.abs(stamp - clock.now())).toBeLessThan(30_000);
    }
  });
});
