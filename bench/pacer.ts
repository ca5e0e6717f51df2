import { Worker } from "node:worker_threads";

/** What every process of this machine agrees on, in ms. */
export const machineTime = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Waits to a tenth of a millisecond: a timer of the event loop may end one before its time, or one after. */
export interface Pacer {
  /** Ends at `time` of `machineTime`. One at a time, those that were asked for earlier first. */
  until(time: number): Promise<void>;
  stop(): Promise<void>;
}

// In a thread of its own, which may stand still.
const THREAD = `
  const { parentPort } = require("node:worker_threads");
  const never = new Int32Array(new SharedArrayBuffer(4));
  parentPort.on("message", (time) => {
    const left = time - Number(process.hrtime.bigint()) / 1e6;
    if (left > 0) Atomics.wait(never, 0, 0, left);
    parentPort.postMessage(null);
  });
`;

export function startPacer(): Pacer {
  const thread = new Worker(THREAD, { eval: true });
  const waiting: (() => void)[] = [];
  thread.on("message", () => waiting.shift()?.());
  return {
    until(time) {
      return new Promise((resolve) => {
        waiting.push(resolve);
        thread.postMessage(time);
      });
    },
    async stop() {
      await thread.terminate();
    },
  };
}
