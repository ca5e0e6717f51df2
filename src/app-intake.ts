import type { Config } from "./config.js";
import { Leader } from "./delivery/leader.js";
import type { Publisher } from "./delivery/publish.js";
import type { EventIntake } from "./intake/bullmq-events.js";
import { createInbox, INBOX_LEAD } from "./intake/inbox.js";
import type { Logger } from "./logger.js";
import type { Store } from "./store/store.js";
import type { Clock } from "./types.js";

export interface IntakeParts {
  readonly config: Pick<Config, "redisUrl">;
  readonly store: Store;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The ways by which events come in beside the API: those of a database and a queue that other programs share. */
export function createIntake({ config, store, publisher, clock, log }: IntakeParts) {
  const { leases } = store.road;
  const leader = new Leader(clock, leases && ((lifeMs) => leases.lead("inbox", lifeMs)), INBOX_LEAD);
  const inbox = store.inbox && createInbox({ store: store.inbox, publisher, leader, clock, log });
  let jobs: EventIntake | undefined;
  return {
    async start(): Promise<void> {
      inbox?.start();
      if (!config.redisUrl) return;
      const { createEventIntake } = await import("./intake/bullmq-events.js");
      jobs = createEventIntake({ url: config.redisUrl, publisher, clock, log });
    },
    /** What is being published is finished first. */
    async stop(): Promise<void> {
      await Promise.all([inbox?.stop(), jobs?.close()]);
    },
  };
}
