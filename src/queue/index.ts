import type { BullQueueOptions } from "./bullmq.js";
import { createMemoryQueue } from "./memory.js";
import type { Queue } from "./queue.js";

/** The queue of one machine, in memory; with the URL of a Redis, that of many machines. */
export async function openQueue({
  url,
  ...options
}: Omit<BullQueueOptions, "url"> & { readonly url: string | null }): Promise<Queue> {
  if (url === null) return createMemoryQueue(options.clock);
  // BullMQ takes 25 MB of memory and a tenth of a second: who has no Redis does without it.
  const { createBullQueue } = await import("./bullmq.js");
  return createBullQueue({ url, ...options });
}
