import { pino } from "pino";
import { vi } from "vitest";
import { systemClock } from "../../src/clock.js";
import type { BullQueueOptions } from "../../src/queue/bullmq.js";
import { createBullQueue } from "../../src/queue/bullmq.js";
import type { Queue } from "../../src/queue/queue.js";
import type { QueueKit } from "./contract.js";

/** A log that keeps its lines. */
export function keptLog() {
  const lines: { level: number; msg: string; [field: string]: unknown }[] = [];
  const log = pino({ level: "debug", base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { log, lines, told: (part: string) => lines.filter(({ msg }) => msg.includes(part)) };
}

/** Resolves when `holds`; the time is far above what it should take. */
export const until = (holds: () => boolean | Promise<boolean>, what: string, ms = 15_000) =>
  vi.waitFor(
    async () => {
      if (!(await holds())) throw new Error(`not yet: ${what}`);
    },
    { timeout: ms, interval: 5 },
  );

const MARK = "the-mark-";
let marks = 0;

/** A queue on Redis that tells when all that was woken before has arrived: jobs are taken in their order. */
export function markedQueue(options: Partial<BullQueueOptions> & Pick<BullQueueOptions, "url">): QueueKit {
  const { log } = keptLog();
  const clock = systemClock;
  const queue = createBullQueue({ processId: "this", clock, log, onReconnect: () => undefined, ...options });
  const arrived = new Set<string>();
  const work: Queue["work"] = (handler) =>
    queue.work((laneId) => {
      if (laneId.startsWith(MARK)) arrived.add(laneId);
      else handler(laneId);
    });
  return {
    queue: { ...bound(queue), work },
    async settle() {
      await until(() => queue.state().ok, queue.state().detail);
      const mark = `${MARK}${++marks}`;
      queue.wake([{ laneId: mark, at: 0 }]);
      await until(() => arrived.has(mark), "what was woken has arrived");
    },
  };
}

function bound(queue: Queue): Queue {
  return {
    wake: (wakeUps) => queue.wake(wakeUps),
    work: (handler) => queue.work(handler),
    pass: (processId, laneId) => queue.pass(processId, laneId),
    rest: () => queue.rest(),
    waiting: () => queue.waiting(),
    state: () => queue.state(),
    close: () => queue.close(),
  };
}
