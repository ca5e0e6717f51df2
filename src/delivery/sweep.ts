import type { Logger } from "../logger.js";
import type { Queue } from "../queue/queue.js";
import type { Clock } from "../types.js";
import type { Leader } from "./leader.js";
import type { Tally } from "./tally.js";
import type { WallClock } from "./wall-clock.js";

/** What the sweep needs of the store. */
export interface SweepStore {
  /** The lanes that have pending deliveries, with the time at which the first of each is due. */
  dueLanes(): Promise<readonly { readonly laneId: string; readonly at: number }[]>;
  releaseExpired(held: readonly string[]): Promise<{ released: number; failed: number; failedLanes: string[] }>;
  /** Cancels what is pending for endpoints that are deleted; returns how many. */
  cancelOrphans(): Promise<number>;
  /** Deletes finished events, and forgets payloads, whose time is over, in small sets; returns how many. */
  forgetOld(stopped: () => boolean): Promise<{ readonly events: number; readonly payloads: number }>;
  /** Goes on with what is to be purged; returns what came to its end. */
  purge(stopped: () => boolean): Promise<readonly { readonly id: string; readonly counts: object }[]>;
  /** Deletes what was written into the audit log before; returns how much. */
  forgetAudit(before: number, stopped: () => boolean): Promise<number>;
  expireWaiting(laneId: string): Promise<number>;
  /** Looks for endpoints that have failed for days; see `disabling.ts`. */
  disableFailing(): Promise<void>;
  /** The wall clock as it was kept last, epoch ms; null: never. */
  clockSeen(): Promise<number | null>;
  seeClock(): Promise<void>;
  /** Moves what waits after the wall clock was set by `by`. */
  moveTimes(by: number): Promise<void>;
  /** Mends what a process has left that stopped in the middle of something: done by each that takes the lead. Absent
   * where there is one process, which does it at its start. */
  mend?(): Promise<void>;
  /** Forgets what every process has heard of; absent where there is one. */
  forgetChanges?(): Promise<void>;
}

export interface SweepOptions {
  /** Days that the audit log is kept; null: for ever. */
  readonly auditDays: number | null;
  readonly store: SweepStore;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log: Logger;
  /** The claims that are worked on in this process. */
  readonly held: () => readonly string[];
  /** Names this process to the queue. */
  readonly processId: string;
  readonly wall: WallClock;
  /** The wall clock was set back: what waits in memory is moved too. */
  readonly setBack: (ms: number) => void;
  readonly tally?: Tally;
  /** One process sweeps for all. */
  readonly leader: Leader;
}

const EVERY_MS = 5_000;
/** Longer than the lead lasts. */
const YIELDS_MS = 20_000;
/** What has waited so long is looked at for its expiry. */
const WAITING_MS = 60_000;
const FORGET_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
const SEE_EVERY_MS = 60_000;
/** How often it is looked for endpoints that have failed for days. */
const FAILING_EVERY_MS = 60_000;

/** Mends from the database, every 5 s: wakes what is due, releases expired claims, gives up what waited too long. */
export function createSweep(options: SweepOptions): {
  /** false: another process sweeps for all. */
  sweep(): Promise<boolean>;
  start(): void;
  /** Sweeps now: wake-ups were lost. */
  soon(): void;
  /** Resolves once nothing of it asks the database any more. */
  stop(): Promise<void>;
} {
  const { store, queue, clock, log, held, auditDays, wall, tally, leader, processId } = options;
  let cancel: (() => void) | undefined;
  let forgottenAt = Number.NEGATIVE_INFINITY;
  let failingAt = Number.NEGATIVE_INFINITY;
  let seenAt: number | undefined;
  let stopped = false;
  let led = false;
  let yieldsUntil = Number.NEGATIVE_INFINITY;
  let sweeping = false;
  /** It was asked for while one was under way. */
  let asked = false;
  let running: Promise<void> | undefined;
  let forgetting: Promise<void> | undefined;
  let purging: Promise<void> | undefined;

  async function move(by: number): Promise<void> {
    log.warn({ seconds: Math.round(by / 1000) }, "the clock of this machine was set: what waits is moved along");
    await store.moveTimes(by);
    if (by < 0) options.setBack(-by);
    // Until somebody has had a day to look: events would be deleted by a date that may be wrong.
    forgottenAt = clock.monotonic() + DAY_MS;
  }

  /** Follows a wall clock that was set: by the monotonic clock, and at the start by what was kept (back only). */
  async function followClock(): Promise<void> {
    const seen = seenAt === undefined ? await store.clockSeen() : null;
    const before = seen === null ? 0 : Math.min(0, clock.now() - seen);
    if (before < -SEE_EVERY_MS) await move(before);
    const by = wall.jump();
    if (by !== 0) {
      await move(by);
      wall.moved(by);
    }
    if (by === 0 && seenAt !== undefined && clock.monotonic() - seenAt < SEE_EVERY_MS) return;
    seenAt = clock.monotonic();
    // It serves the next start alone: a full disk must not keep the rest of the sweep from its work.
    await store.seeClock().catch(() => undefined);
  }

  /** Wake-ups that no queue carries now: each process wakes what it may work itself. */
  function wakeHere(lanes: Awaited<ReturnType<SweepStore["dueLanes"]>>): void {
    const now = clock.now();
    for (const { laneId, at } of lanes) if (at <= now) queue.pass(processId, laneId);
  }

  /** What a process does that another sweeps for. */
  async function followLeader(): Promise<void> {
    led = false;
    wall.moved(wall.jump());
    if (!queue.state().ok) wakeHere(await store.dueLanes());
  }

  /** After a failure the lead is let run out: should the fault be this process's own, another does better. */
  async function leads(): Promise<boolean> {
    return clock.monotonic() < yieldsUntil ? leader.isLeading : leader.renew();
  }

  /** Returns whether it was this process that swept. */
  async function sweep(): Promise<boolean> {
    if (!(await leads())) {
      await followLeader();
      return false;
    }
    if (!led) await store.mend?.();
    led = true;
    await followClock();
    const now = clock.now();
    const { released, failed, failedLanes } = await store.releaseExpired(held());
    if (released > 0) log.warn({ released, failedLanes }, "claims had expired");
    tally?.claimsExpired(released);
    tally?.gaveUp("internal", failed);
    await store.cancelOrphans();
    const lanes = await store.dueLanes();
    for (const { laneId, at } of lanes) {
      if (at > now - WAITING_MS) continue;
      // A look that takes long must not last longer than the lead: another process would sweep beside it.
      if (!leader.isLeading && !(await leads())) return false;
      const expired = await store.expireWaiting(laneId);
      tally?.gaveUp("expired", expired);
      if (expired > 0) log.warn({ lane: laneId, expired }, "deliveries given up: they waited too long");
    }
    if (queue.state().ok) queue.wake(lanes);
    else wakeHere(lanes);
    await lookAtFailing();
    // Beside the sweep: it may take long the first time.
    forgetting ??= forget()
      .catch((error: unknown) => log.error({ err: error }, "old events could not be deleted"))
      .finally(() => {
        forgetting = undefined;
      });
    purging ??= purge()
      .catch((error: unknown) => log.error({ err: error }, "a purge was cut short, it goes on later"))
      .finally(() => {
        purging = undefined;
      });
    return true;
  }

  async function lookAtFailing(): Promise<void> {
    // A clock that was set since the sweep began is followed first: days might seem to have gone by, or not to have.
    if (clock.monotonic() - failingAt < FAILING_EVERY_MS || wall.jump() !== 0) return;
    failingAt = clock.monotonic();
    await store
      .disableFailing()
      .catch((error: unknown) => log.error({ err: error }, "what has failed for days was not looked at"));
  }

  async function purge(): Promise<void> {
    for (const { id, counts } of await store.purge(() => stopped)) log.warn({ purge: id, counts }, "purged");
  }

  async function forget(): Promise<void> {
    await store.forgetChanges?.();
    if (clock.monotonic() - forgottenAt < FORGET_EVERY_MS) return;
    forgottenAt = clock.monotonic();
    const isStopped = () => stopped;
    const entries = auditDays === null ? 0 : await store.forgetAudit(clock.now() - auditDays * DAY_MS, isStopped);
    if (entries > 0) log.info({ entries, auditDays }, "old entries of the audit log deleted");
    const { events, payloads } = await store.forgetOld(isStopped);
    if (events + payloads > 0) log.info({ events, payloads }, "old events were deleted, and payloads forgotten");
  }

  async function again(): Promise<void> {
    running = sweep().then(
      (swept) => {
        if (swept) tally?.swept(true);
      },
      (error: unknown) => {
        tally?.swept(false);
        log.error({ err: error }, "sweep failed, it is tried again");
        if (clock.monotonic() >= yieldsUntil) yieldsUntil = clock.monotonic() + YIELDS_MS;
      },
    );
    sweeping = true;
    await running;
    sweeping = false;
    if (!stopped) cancel = clock.after(asked ? 0 : EVERY_MS, () => void again());
    asked = false;
  }

  return {
    sweep,
    start: () => void again(),
    soon() {
      if (sweeping) asked = true;
      else if (cancel) {
        cancel();
        void again();
      }
    },
    async stop() {
      stopped = true;
      cancel?.();
      await running;
      await forgetting;
      await purging;
    },
  };
}
