import type { Catalogue } from "./catalogue/index.js";
import type { FollowingClock } from "./clock.js";
import { onceEvery } from "./delivery/once-every.js";
import type { Logger } from "./logger.js";
import type { Change } from "./store/changes.js";
import type { Store } from "./store/store.js";

/** How old what a process has in memory may be, with the time that the look takes. */
const LOOK_EVERY_MS = 500;
const CLOCK_EVERY_MS = 10_000;

export interface SharedParts {
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly clock: FollowingClock;
  readonly log: Logger;
}

async function readCatalogue({ store, catalogue }: SharedParts): Promise<void> {
  const { rows, removed } = await store.statuses.list();
  for (const row of rows) catalogue.set(row);
  for (const code of removed) catalogue.remove(code);
}

/** Forgets what is in memory of what was changed. */
async function take(parts: SharedParts, changes: readonly Change[]): Promise<void> {
  const { store } = parts;
  for (const { kind, subject, customer, laneId } of changes) {
    if (kind === "customer") store.customers.changedElsewhere(subject);
    else if (kind === "endpoint") store.endpoints.changedElsewhere(subject, customer ?? "", laneId ?? "");
  }
  if (changes.some(({ kind }) => kind === "status")) await readCatalogue(parts);
}

/** Keeps a process up with those that share its database: with what they change, and with the database's clock. */
export function createShared(parts: SharedParts) {
  const { store, clock, log } = parts;
  const mayComplain = onceEvery(clock, 60_000);
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let cancel = () => {};
  let clockSeen = Number.NEGATIVE_INFINITY;

  async function look(): Promise<void> {
    const { changes, databaseTime } = store;
    if (!changes) return;
    try {
      if (clock.monotonic() - clockSeen >= CLOCK_EVERY_MS) {
        await clock.follow(databaseTime);
        clockSeen = clock.monotonic();
      }
      await take(parts, await changes.next());
    } catch (error) {
      if (mayComplain()) log.error({ err: error }, "changes by other processes cannot be read: they are read later");
    }
  }

  function again(): void {
    running = look().finally(() => {
      if (!stopped) cancel = clock.after(LOOK_EVERY_MS, again);
    });
  }

  return {
    start: again,
    /** Resolves once nothing of it asks the database any more. */
    async stop(): Promise<void> {
      stopped = true;
      cancel();
      await running;
    },
  };
}
