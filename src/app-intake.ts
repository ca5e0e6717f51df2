import type { Config } from "./config.js";
import { Leader } from "./delivery/leader.js";
import type { Publisher } from "./delivery/publish.js";
import { createInbox } from "./intake/inbox.js";
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
export function createIntake({ store, publisher, clock, log }: IntakeParts) {
  const { leases } = store.road;
  const leader = new Leader(clock, leases && ((lifeMs) => leases.lead("inbox", lifeMs)));
  const inbox = store.inbox && createInbox({ store: store.inbox, publisher, leader, clock, log });
  return {
    start(): void {
      inbox?.start();
    },
    async stop(): Promise<void> {
      await inbox?.stop();
    },
  };
}
