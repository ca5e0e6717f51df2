import type { Logger } from "../logger.js";
import type { WatchedLane } from "../store/alert-types.js";
import type { AlertStore } from "../store/alerts.js";
import type { Clock } from "../types.js";
import { lookAtLane } from "./look.js";
import { createLoop, type Loop } from "./loop.js";
import { createNobodyToTell } from "./nobody.js";
import { sooner } from "./plan.js";
import { type MailSetting, recipientsOf, viewOf } from "./view.js";

export interface AlertWatchOptions extends MailSetting {
  readonly store: AlertStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether this process looks for all; always where left out. */
  readonly mayLook?: () => boolean;
}

/** Looks at lanes whose health has changed, and writes the mails that tell of it. */
export interface AlertWatch extends Loop {
  /** One look at every lane that is due; `start` repeats it each second. Never throws. */
  look(): Promise<void>;
}

const LOOK_EVERY_MS = 1000;
const LANES_AT_ONCE = 50;

/** The watch over the lanes: decides, on nothing but their rows, whom to tell what. A crash at any point loses no mail. */
export function createAlertWatch({ store, clock, logger, mayLook, ...given }: AlertWatchOptions): AlertWatch {
  const setting: MailSetting = {
    ...given,
    describe(transport) {
      try {
        return given.describe(transport);
      } catch {
        // A setting that cannot be described is often the very thing to tell of.
        return transport.type;
      }
    },
  };
  // Lost in a crash: then the mail that an outage is over waits a little longer.
  const draining = new Map<string, number>();
  const nobody = createNobodyToTell(logger);
  let looking: Promise<void> | null = null;

  async function lookAt(lane: WatchedLane, leasedUntil: number): Promise<void> {
    const now = clock.now();
    const owner = await store.owner(lane);
    if (!owner || owner.endpoints.length === 0) {
      await store.commit(lane, [], { now, leasedUntil, next: null, over: false });
      return;
    }
    const view = viewOf(lane, owner, now, setting);
    const recipients = recipientsOf(owner, setting.alertTo);
    const drainingSince = draining.get(lane.id) ?? now;
    const context = { store, setting, logger, nobody, lane, owner, view, recipients, now, drainingSince };
    const result = await lookAtLane(context);
    // A failure that comes in at the last moment keeps the outage open: the next look sees whether it did.
    const next = result.over ? sooner(result.next, now + LOOK_EVERY_MS) : result.next;
    await store.commit(lane, result.changes, { now, leasedUntil, next, over: result.over });
    if (result.draining) draining.set(lane.id, drainingSince);
    else draining.delete(lane.id);
  }

  async function lookAtAll(): Promise<void> {
    const { leasedUntil, lanes } = await store.takeDue(clock.now(), LANES_AT_ONCE);
    for (const lane of lanes) {
      try {
        await lookAt(lane, leasedUntil);
      } catch (error) {
        // Its lease runs out in a minute, and it is looked at again; the other lanes do not wait for it.
        logger.error({ err: error, lane: lane.id }, "alert: the lane could not be looked at");
      }
    }
  }

  async function look(): Promise<void> {
    if (mayLook && !mayLook()) return;
    try {
      await lookAtAll();
    } catch (error) {
      logger.error({ err: error }, "alert: the lanes could not be read");
    }
  }

  // Two looks at once would tell the same twice.
  async function lookOnce(): Promise<void> {
    looking ??= look().finally(() => {
      looking = null;
    });
    await looking;
  }
  return { look: lookOnce, ...createLoop(clock, LOOK_EVERY_MS, lookOnce) };
}
