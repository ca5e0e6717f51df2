import type { Clock } from "../types.js";
import type { Database } from "./database.js";
import type { Page } from "./rows.js";
import { DAY_MS, dayOf, MINUTE_MS, minuteOf, type Period, readTraffic, type TrafficCounts } from "./traffic.js";
import {
  countOfCustomer,
  countSending,
  MOST_OF_CUSTOMER,
  readTrouble,
  type Trouble,
  type TroubleCounts,
} from "./trouble.js";

/** What went through in one minute or day, and when that began. */
export type TrafficAt = Readonly<TrafficCounts> & { readonly at: number };

/** How things stand: of all customers, or of one. Times are epoch ms. */
export interface Overview {
  readonly at: number;
  /** Whose days are counted. */
  readonly timeZone: string;
  /** null: not counted yet. */
  readonly waiting: number | null;
  /** There are more: they were counted so far. */
  readonly waitingMore: boolean;
  readonly sending: number;
  /** The oldest first, without a gap; the last one goes on. */
  readonly minutes: readonly TrafficAt[];
  readonly days: readonly TrafficAt[];
  readonly counts: TroubleCounts;
  readonly trouble: Page<Trouble>;
}

export interface OverviewRequest {
  readonly customer: string | null;
  readonly minutes: number;
  readonly days: number;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface OverviewOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly timeZone: string;
  /** Of all customers, counted in the background; null: not yet. */
  readonly pending: () => Promise<number | null>;
}

/** However many look, the database is asked so often. */
const KEPT_MS = 1_000;
const MOST_KEPT = 100;

function whole(found: readonly TrafficAt[], from: number, step: number, count: number): TrafficAt[] {
  const known = new Map(found.map((row) => [row.at, row]));
  return Array.from({ length: count }, (_each, place) => {
    const at = from + place * step;
    return known.get(at) ?? { at, events: 0, deliveries: 0, delivered: 0, failed: 0, failedAttempts: 0 };
  });
}

/** Reads how things stand; those who ask the same within a second get the same answer. */
export function createOverview({ database, clock, timeZone, pending }: OverviewOptions) {
  const kept = new Map<string, { readonly until: number; readonly answer: Promise<Overview> }>();

  async function series(customer: string, period: Period, newest: number, count: number): Promise<TrafficAt[]> {
    const step = period === "minute" ? MINUTE_MS : DAY_MS;
    const from = newest - (count - 1) * step;
    return whole(await readTraffic(database, customer, period, from), from, step, count);
  }

  async function waitingOf(customer: string | null): Promise<readonly [number | null, number, boolean]> {
    if (customer === null) return [...(await Promise.all([pending(), countSending(database)])), false] as const;
    const [waiting, sending] = await countOfCustomer(database, customer);
    return [Math.min(waiting, MOST_OF_CUSTOMER), sending, waiting > MOST_OF_CUSTOMER];
  }

  async function look({ customer, minutes, days, limit, cursor }: OverviewRequest): Promise<Overview> {
    const now = clock.now();
    const [minuteSeries, daySeries, [waiting, sending, waitingMore], { counts, items, next }] = await Promise.all([
      series(customer ?? "", "minute", minuteOf(now), minutes),
      series(customer ?? "", "day", dayOf(now, timeZone), days),
      waitingOf(customer),
      readTrouble(database, { customer, now, limit, cursor }),
    ]);
    return {
      at: now,
      timeZone,
      waiting,
      waitingMore,
      sending,
      minutes: minuteSeries,
      days: daySeries,
      counts,
      trouble: { items, next },
    };
  }

  /** Throws InputError for a cursor that no list has given. */
  return (request: OverviewRequest): Promise<Overview> => {
    const key = JSON.stringify([request.customer, request.minutes, request.days, request.limit, request.cursor]);
    const known = kept.get(key);
    const now = clock.monotonic();
    if (known && now < known.until) return known.answer;
    const answer = look(request);
    for (const [old, { until }] of kept) if (until <= now || kept.size >= MOST_KEPT) kept.delete(old);
    kept.set(key, { until: now + KEPT_MS, answer });
    // Whoever asks next may have more luck.
    answer.catch(() => kept.delete(key));
    return answer;
  };
}
