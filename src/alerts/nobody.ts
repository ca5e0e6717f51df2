import type { Logger } from "../logger.js";
import type { MailKind, WatchedLane } from "../store/alert-types.js";

const HOUR = 3_600_000;

/** That there was nobody to tell, which the log says at most once an hour for each lane and kind of mail. */
export interface NobodyToTell {
  /** When to look for somebody again; null where it was not said within the hour. */
  next(laneId: string, kind: MailKind, now: number): number | null;
  /** Says it, unless it was said within the hour; returns when to look for somebody again. */
  say(lane: Pick<WatchedLane, "id" | "customerId">, kind: MailKind, now: number): number;
}

/** Begins with nothing said: after a start each lane's is said once more. */
export function createNobodyToTell(logger: Logger): NobodyToTell {
  // The oldest first; what is older than an hour is dropped, so that it holds no lane for ever.
  const saidAt = new Map<string, number>();
  const isRecent = (said: number, now: number) => Math.abs(now - said) < HOUR;
  const keyOf = (laneId: string, kind: MailKind) => `${laneId} ${kind}`;

  function next(laneId: string, kind: MailKind, now: number): number | null {
    const said = saidAt.get(keyOf(laneId, kind));
    return said !== undefined && isRecent(said, now) ? said + HOUR : null;
  }

  return {
    next,
    say(lane, kind, now) {
      const known = next(lane.id, kind, now);
      if (known !== null) return known;
      for (const [key, said] of saidAt) {
        if (isRecent(said, now)) break;
        saidAt.delete(key);
      }
      const key = keyOf(lane.id, kind);
      saidAt.delete(key);
      saidAt.set(key, now);
      logger.warn(
        { lane: lane.id, customer: lane.customerId, alert: kind },
        "alert: nobody to tell, neither the endpoint nor the customer has addresses, nor is ALERT_TO set",
      );
      return now + HOUR;
    },
  };
}
