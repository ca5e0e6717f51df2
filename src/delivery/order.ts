import { hash } from "node:crypto";
import type { Endpoint, Status } from "../types.js";

/** After them comes nothing, or nothing that says more: they give way to one of their kind only. */
const FINAL: ReadonlySet<Status> = new Set(["DELIVERED", "CANCELLED", "NOTOK"]);

/** Where a delivery stands among those of its order. */
export interface OrderPlace {
  /** Endpoint, order, barcode and container in one. */
  readonly key: string;
  /** The time of its status; those of one time follow each other as their events came. */
  readonly at: number;
  readonly final: boolean;
}

/** What a place is made of. */
export interface Placed {
  readonly order: string;
  readonly barcode: string;
  readonly container: string;
  readonly statusTime: number;
  readonly status: Status;
}

/** Keys of one kind of order are not compared with those of the other: they begin with it. */
const KINDS = { "per-order": "p", "latest-only": "l" } as const;

/** Whether a key is one of an order in which only the latest status goes out. */
export const isLatestOnly = (key: string): boolean => key.startsWith(KINDS["latest-only"]);

/** The place of an event at an endpoint; null: this endpoint keeps no order. */
export function placeOf({ id, limits }: Pick<Endpoint, "id" | "limits">, event: Placed): OrderPlace | null {
  if (limits.order === "none") return null;
  // One text of bounded length: order, barcode and container may have 200 characters each.
  const whole = JSON.stringify([id, event.order, event.barcode, event.container]);
  const key = KINDS[limits.order] + hash("sha256", whole, "base64url").slice(0, 24);
  return { key, at: event.statusTime, final: FINAL.has(event.status) };
}
