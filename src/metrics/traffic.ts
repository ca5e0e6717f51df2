import { onceEvery } from "../delivery/once-every.js";
import type { Traffic } from "../delivery/traffic.js";
import type { Logger } from "../logger.js";
import { dayOf, MINUTE_MS, minuteOf, type TrafficCounts, type TrafficRow } from "../store/traffic.js";
import type { Clock } from "../types.js";

/** What a process that ends without a word loses of the numbers, at most. */
const EVERY_MS = 3_000;
/** Rows of one write: the road goes on beside it. */
const AT_ONCE = 2_000;
/** While the database cannot be written hardly anything happens that would be counted. */
const MOST_WAITING = 100_000;
const FORGET_EVERY_MS = 10 * MINUTE_MS;

export interface TrafficOptions {
  readonly clock: Clock;
  /** Whose days are counted. */
  readonly timeZone: string;
  readonly log: Logger;
  readonly store: {
    /** Adds to what was counted before, by this process or another. */
    add(rows: readonly TrafficRow[]): Promise<void>;
    /** Deletes what is old. */
    forget(now: number): Promise<void>;
  };
}

const nothing = (): TrafficCounts => ({ events: 0, deliveries: 0, delivered: 0, failed: 0, failedAttempts: 0 });

function add(to: TrafficCounts, counts: TrafficCounts): void {
  to.events += counts.events;
  to.deliveries += counts.deliveries;
  to.delivered += counts.delivered;
  to.failed += counts.failed;
  to.failedAttempts += counts.failedAttempts;
}

/** Counts in memory by customer: what almost all calls are about is the customer of the call before. */
function createCounters() {
  let open = new Map<string, TrafficCounts>();
  let last = "";
  let counts = nothing();

  function of(customer: string): TrafficCounts {
    if (customer === last) return counts;
    let found = open.get(customer);
    if (!found) {
      found = nothing();
      open.set(customer, found);
    }
    last = customer;
    counts = found;
    return found;
  }

  const traffic: Traffic = {
    published({ events, deliveries }) {
      for (const { customer } of events) of(customer).events++;
      for (const { customer } of deliveries) of(customer).deliveries++;
    },
    recorded({ state, attempt }, customer) {
      if (state === "delivered") of(customer).delivered++;
      else {
        if (state === "failed") of(customer).failed++;
        // What is split goes out again at once: that was no failure of anybody.
        if (attempt && attempt.outcome !== "split") of(customer).failedAttempts++;
      }
    },
    gaveUp(customer, deliveries) {
      of(customer).failed += deliveries;
    },
  };
  return {
    traffic,
    /** What was counted since it was taken last. */
    take(): ReadonlyMap<string, TrafficCounts> {
      const taken = open;
      open = new Map();
      last = "";
      return taken;
    },
  };
}

/** What is to be added to the rows of the database: the oldest first. */
class Waiting {
  readonly #rows = new Map<string, TrafficRow>();

  get size(): number {
    return this.#rows.size;
  }

  add(row: TrafficRow): void {
    const place = `${row.customer}\n${row.period}\n${row.at}`;
    const found = this.#rows.get(place);
    if (found) add(found, row);
    else if (this.#rows.size < MOST_WAITING) this.#rows.set(place, row);
  }

  take(most: number): TrafficRow[] {
    const taken: TrafficRow[] = [];
    for (const [place, row] of this.#rows) {
      if (taken.length === most) break;
      this.#rows.delete(place);
      taken.push(row);
    }
    return taken;
  }
}

/** Gathers what goes through this process, and adds it to the database every few seconds and at the stop. */
export function createTraffic({ clock, timeZone, log, store }: TrafficOptions) {
  const { traffic, take } = createCounters();
  const waiting = new Waiting();
  const maySay = onceEvery(clock, MINUTE_MS);
  let since = clock.now();
  let forgottenAt = Number.NEGATIVE_INFINITY;
  let cancel = () => {};
  let running: Promise<unknown> = Promise.resolve();

  /** Ends a stretch of time, none of which lies in two minutes. */
  function close(): void {
    const all = nothing();
    const taken = take();
    const periods = [
      { period: "minute", at: minuteOf(since) },
      { period: "day", at: dayOf(since, timeZone) },
    ] as const;
    for (const [customer, counts] of taken) {
      add(all, counts);
      for (const place of periods) waiting.add({ customer, ...place, ...counts });
    }
    if (taken.size > 0) for (const place of periods) waiting.add({ customer: "", ...place, ...all });
    since = clock.now();
  }

  /** Writes one set; false: it cannot be written now. */
  async function write(): Promise<boolean> {
    const rows = waiting.take(AT_ONCE);
    if (rows.length === 0) return true;
    try {
      await store.add(rows);
      return true;
    } catch (error) {
      for (const row of rows) waiting.add(row);
      if (maySay()) log.warn({ err: error }, "what went through is not counted in the database yet: it is tried again");
      return false;
    }
  }

  async function forget(): Promise<void> {
    if (clock.monotonic() - forgottenAt < FORGET_EVERY_MS) return;
    forgottenAt = clock.monotonic();
    // The next time does it as well.
    await store.forget(clock.now()).catch(() => undefined);
  }

  function later(): void {
    const now = clock.now();
    cancel = clock.after(Math.min(EVERY_MS, minuteOf(now) + MINUTE_MS - now), () => {
      close();
      running = running.then(write).then(forget);
      later();
    });
  }

  return {
    traffic,
    start: later,
    /** Resolves once all that was counted is written, or cannot be. */
    async stop(): Promise<void> {
      cancel();
      close();
      await running;
      for (let written = true; written && waiting.size > 0; ) written = await write();
    },
  };
}
