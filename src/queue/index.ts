import { type BullQueueOptions, createBullQueue } from "./bullmq.js";
import { createMemoryQueue } from "./memory.js";
import type { Queue } from "./queue.js";

/** The queue of one machine, in memory; with the URL of a Redis, that of many machines. */
export function createQueue({
  url,
  ...options
}: Omit<BullQueueOptions, "url"> & { readonly url: string | null }): Queue {
  return url === null ? createMemoryQueue(options.clock) : createBullQueue({ url, ...options });
}
