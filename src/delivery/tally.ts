import type { DeliveryRecord } from "../store/records.js";
import type { Attempt } from "../types.js";

/** Counts what happens on the road; each call is made once per attempt or more rarely, and must cost next to nothing. */
export interface Tally {
  /** New deliveries are committed. */
  created(deliveries: number): void;
  /** A delivery, or a batch of them, was tried. */
  attempt(attempt: Pick<Attempt, "transport" | "outcome" | "fault" | "durationMs">): void;
  /** What became of a delivery is written. */
  recorded(record: Pick<DeliveryRecord, "state" | "reason">): void;
  /** Deliveries were given up beside an attempt. */
  gaveUp(reason: "expired" | "internal", deliveries: number): void;
  /** Waybell itself failed on a delivery. */
  internalFault(): void;
  /** Claims have expired without a record. */
  claimsExpired(claims: number): void;
  /** A sweep has ended. */
  swept(done: boolean): void;
}
