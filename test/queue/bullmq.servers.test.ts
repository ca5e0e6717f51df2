import { Queue as BullQueue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { createBullQueue } from "../../src/queue/bullmq.js";
import type { Queue } from "../../src/queue/queue.js";
import { type RedisServer, startRedis } from "../servers/index.js";
import { describeQueue } from "./contract.js";
import { keptLog, markedQueue, until } from "./redis-kit.js";

let redis: RedisServer;
let prefixes = 0;
const newPrefix = () => `test${++prefixes}`;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

describeQueue("the queue on Redis", async (clock, processId) => {
  const kit = markedQueue({ url: redis.url, clock, processId, prefix: newPrefix() });
  await until(() => kit.queue.state().ok, "connected");
  return kit;
});

/** As if the one active job had stalled five times: BullMQ fails one for good that has stalled more than once. */
async function stallOften(connection: Redis, queue: string): Promise<void> {
  const [id = ""] = await connection.lrange(`${queue}:active`, 0, -1);
  expect(id).not.toBe("");
  await connection.hset(`${queue}:${id}`, "stc", 5);
}

describe("wake-ups between processes", () => {
  const opened: Queue[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queue) => queue.close()));
  });

  function open(prefix: string, processId = "this") {
    const { log, told } = keptLog();
    const queue = createBullQueue({
      url: redis.url,
      processId,
      clock: systemClock,
      log,
      onReconnect: () => undefined,
      prefix,
    });
    opened.push(queue);
    return { queue, told };
  }
  const connected = (queue: Queue) => until(() => queue.state().ok, "connected");
  const wake = (queue: Queue, ...lanes: string[]) => queue.wake(lanes.map((laneId) => ({ laneId, at: 0 })));

  it("hand each lane to one of them", async () => {
    const prefix = newPrefix();
    const handled: { by: string; lane: string }[] = [];
    const queues = ["one", "two"].map((by) => {
      const { queue } = open(prefix, by);
      queue.work((lane) => void handled.push({ by, lane }));
      return queue;
    });
    await Promise.all(queues.map(connected));
    const lanes = Array.from({ length: 2_000 }, (_, at) => `lane${at}`);
    lanes.forEach((lane, at) => void wake(queues[at % 2] ?? (queues[0] as Queue), lane));
    await until(() => new Set(handled.map(({ lane }) => lane)).size === 2_000, "each lane was handled");
    expect(new Set(handled.map(({ by }) => by))).toEqual(new Set(["one", "two"]));
  });

  it("pass a lane to the process that is named, and to no other", async () => {
    const prefix = newPrefix();
    const handled: string[] = [];
    const names = ["one", "two", "three"];
    const queues = names.map((by) => {
      const { queue } = open(prefix, by);
      queue.work((lane) => void handled.push(`${lane} by ${by}`));
      return queue;
    });
    await Promise.all(queues.map(connected));
    const [one] = queues as [Queue];
    for (let at = 0; at < 100; at++) one.pass(names[at % 3] ?? "", `l${at}`);
    await until(() => handled.length === 100, "all are passed");
    expect(handled.sort()).toEqual(Array.from({ length: 100 }, (_, at) => `l${at} by ${names[at % 3]}`).sort());
  });

  it("come back, in a moment, when they were passed to a process that is gone", async () => {
    const gone: string[] = [];
    const { log } = keptLog();
    const [clock, prefix, onReconnect] = [systemClock, newPrefix(), () => undefined];
    const onGone = (processId: string) => void gone.push(processId);
    const queue = createBullQueue({ url: redis.url, processId: "this", clock, log, onReconnect, onGone, prefix });
    opened.push(queue);
    const woken: string[] = [];
    queue.work((lane) => void woken.push(lane));
    await connected(queue);
    queue.pass("nobody", "a");
    queue.pass("nobody", "b");
    await until(() => woken.length === 2, "both lanes");
    expect(gone).toEqual(["nobody"]);
    expect(woken.sort()).toEqual(["a", "b"]);
  });

  it("go to the others once a process rests, which still adds its own", async () => {
    const prefix = newPrefix();
    const handled: string[] = [];
    const [one, two] = ["one", "two"].map((by) => {
      const { queue, told } = open(prefix, by);
      queue.work((lane) => void handled.push(`${lane} by ${by}`));
      return { queue, told };
    }) as [ReturnType<typeof open>, ReturnType<typeof open>];
    await Promise.all([one, two].map(({ queue }) => connected(queue)));
    await one.queue.rest();
    const lanes = Array.from({ length: 50 }, (_, at) => `l${at}`);
    lanes.forEach((lane, at) => void wake((at % 2 ? one : two).queue, lane));
    two.queue.pass("one", "passed");
    await until(() => handled.length === 51, "all are woken");
    expect(handled.sort()).toEqual([...lanes, "passed"].map((lane) => `${lane} by two`).sort());
    expect(one.queue.state().ok).toBe(true);
    expect(one.told("lost")).toEqual([]);
  });

  it("merge those of one lane while nobody works, and are no jobs once they are handled", async () => {
    const prefix = newPrefix();
    const { queue } = open(prefix);
    await connected(queue);
    const connection = new Redis(redis.url);
    const jobs = new BullQueue("waybell-wake", { connection, prefix });
    for (let at = 0; at < 200; at++) {
      wake(queue, "a", "b");
      await until(() => queue.waiting() === 0, "added");
    }
    await until(async () => (await jobs.getWaitingCount()) === 2, "two jobs");
    const worker = open(prefix, "worker").queue;
    const woken: string[] = [];
    worker.work((lane) => void woken.push(lane));
    await until(() => woken.length === 2, "both lanes");
    await until(async () => Object.values(await jobs.getJobCounts()).every((count) => count === 0), "no job is left");
    await jobs.close();
    connection.disconnect();
  });

  it("reach the handler again when they come while the lane's job is active", async () => {
    const prefix = newPrefix();
    const { queue } = open(prefix);
    await connected(queue);
    // A process that has taken the lane's job, and has not ended it yet: the trap is an add that does nothing now.
    const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
    const calls: string[] = [];
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = new Worker(
      "waybell-wake",
      async ({ data }) => {
        calls.push(data.laneId);
        if (calls.length === 1) await held;
      },
      { connection, prefix, concurrency: 10 },
    );
    slow.on("error", () => {});
    wake(queue, "a");
    await until(() => calls.length === 1, "the job is active");
    for (let at = 0; at < 3; at++) {
      wake(queue, "a");
      await until(() => queue.waiting() === 0, "added");
    }
    wake(queue, "b");
    await until(() => calls.includes("b"), "what was added after it has come");
    expect(calls).toEqual(["a", "b"]);
    release();
    await until(() => calls.length === 3, "the lane was woken again");
    await slow.close();
    connection.disconnect();
    expect(calls).toEqual(["a", "b", "a"]);
  });

  it("are taken over from a process that died with the lane's job", async () => {
    const prefix = newPrefix();
    const { queue } = open(prefix);
    await connected(queue);
    const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
    const taken: string[] = [];
    const dead = new Worker(
      "waybell-wake",
      async ({ data }) => {
        taken.push(data.laneId);
        await new Promise(() => {});
      },
      { connection, prefix, lockDuration: 5_000, stalledInterval: 2_500, skipLockRenewal: true },
    );
    dead.on("error", () => {});
    wake(queue, "a");
    await until(() => taken.length === 1, "the job is active");
    await dead.close(true);
    await stallOften(connection, `${prefix}:waybell-wake`);
    connection.disconnect();
    const woken: string[] = [];
    queue.work((lane) => void woken.push(lane));
    wake(queue, "a");
    await until(() => woken.length >= 1, "another process has it", 20_000);
  });

  it("go on after a handler that throws", async () => {
    const { queue, told } = open(newPrefix());
    const woken: string[] = [];
    queue.work((lane) => {
      woken.push(lane);
      if (lane === "bad") throw new Error("no such lane");
    });
    await connected(queue);
    wake(queue, "bad", "good");
    await until(() => woken.includes("good"), "the good lane");
    wake(queue, "bad");
    await until(() => woken.filter((lane) => lane === "bad").length === 2, "the bad one again");
    expect(told("could not be woken")).toHaveLength(2);
  });

  it("cost little: 1,000 lanes a second are a fraction of what it can", async () => {
    const { queue } = open(newPrefix());
    const woken = new Set<string>();
    queue.work((lane) => void woken.add(lane));
    await connected(queue);
    const start = performance.now();
    for (let at = 0; at < 5_000; at++) wake(queue, `l${at}`);
    await until(() => woken.size === 5_000, "all lanes");
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
