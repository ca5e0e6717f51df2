import type { DeliveryRecord } from "../store/records.js";

interface Named {
  readonly customer: string;
}

/** Counts what goes through for the overview; each call is made once per delivery at most, and must cost next to nothing. */
export interface Traffic {
  /** Events and their deliveries are committed. */
  published(set: { readonly events: readonly Named[]; readonly deliveries: readonly Named[] }): void;
  /** What became of a delivery is written. */
  recorded(record: Pick<DeliveryRecord, "state" | "attempt">, customer: string): void;
  /** Deliveries were given up beside an attempt. */
  gaveUp(customer: string, deliveries: number): void;
}
