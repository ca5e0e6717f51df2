import type { Catalogue } from "./catalogue/index.js";
import type { FollowingClock } from "./clock.js";
import { onceEvery } from "./delivery/once-every.js";
import type { Logger } from "./logger.js";
import type { Change } from "./store/changes.js";
import type { Store } from "./store/store.js";

/** How old what a process has in memory may be, with the time that the look takes. */
const LOOK_EVERY_MS = 500;
const CLOCK_EVERY_MS = 10_000;

/** What of the store it asks and tells. */
export interface SharedStore extends Pick<Store, "changes" | "databaseTime"> {
  readonly customers: Pick<Store["customers"], "changedElsewhere">;
  readonly endpoints: Pick<Store["endpoints"], "changedElsewhere" | "forgetAll">;
  readonly statuses: Pick<Store["statuses"], "list">;
  readonly keys: Pick<Store["keys"], "readAgain">;
}

export interface SharedParts {
  readonly store: SharedStore;
  readonly catalogue: Catalogue;
  readonly clock: FollowingClock;
  readonly log: Logger;
}

async function readCatalogue({ store, catalogue }: SharedParts): Promise<void> {
  const { rows, removed } = await store.statuses.list();
  for (const row of rows) catalogue.set(row);
  for (const code of removed) catalogue.remove(code);
}

/** Forgets what is in memory of what was changed; null: of anything. Asks for nothing, for what fails would be lost. */
function forget({ customers, endpoints }: SharedStore, changes: readonly Change[] | null): void {
  if (!changes) {
    endpoints.forgetAll();
    return;
  }
  for (const { kind, subject, customer, laneId } of changes) {
    if (kind === "customer") customers.changedElsewhere(subject);
    else if (kind === "endpoint") endpoints.changedElsewhere(subject, customer ?? "", laneId ?? "");
  }
}

/** Keeps a process up with those that share its database: with what they change, and with the database's clock. */
export function createShared(parts: SharedParts) {
  const { store, clock, log } = parts;
  const mayComplain = onceEvery(clock, 60_000);
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let cancel = () => {};
  let clockSeen = Number.NEGATIVE_INFINITY;
  /** A change is told but once: should the keys or statuses not be read now, the next look has to know of it. */
  let catalogueIsOld = false;
  let keysAreOld = false;

  async function look(): Promise<void> {
    const { changes, databaseTime } = store;
    if (!changes) return;
    try {
      if (clock.monotonic() - clockSeen >= CLOCK_EVERY_MS) {
        await clock.follow(databaseTime);
        clockSeen = clock.monotonic();
      }
      const fresh = await changes.next();
      forget(store, fresh);
      if (!fresh) log.warn("changes by other processes were missed: all that is in memory is read again");
      catalogueIsOld ||= !fresh || fresh.some(({ kind }) => kind === "status");
      keysAreOld ||= !fresh || fresh.some(({ kind }) => kind === "key");
      // First of all that is read: a key that was revoked is still let in until then.
      if (keysAreOld) await store.keys.readAgain();
      keysAreOld = false;
      if (catalogueIsOld) await readCatalogue(parts);
      catalogueIsOld = false;
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
