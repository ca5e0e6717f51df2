/** Whose data: one order's, or all of a customer's. */
export interface PurgeScope {
  readonly customer: string;
  readonly order?: string | undefined;
}

/** How many of what were deleted; `canceled`: of the deliveries, how many waited. */
export interface PurgeCounts {
  readonly events: number;
  readonly deliveries: number;
  readonly canceled: number;
  readonly attempts: number;
  readonly orders: number;
  readonly endpoints: number;
  readonly mails: number;
}

/** The record that something was deleted. Nothing of what it was is in it. */
export interface Purge {
  readonly id: string;
  readonly customer: string;
  /** SHA-256 of customer, line feed and order: it tells who knows the number that it was this one. null: all of the customer. */
  readonly orderHash: string | null;
  readonly requestedBy: string;
  readonly requestedAt: number;
  /** When all rows were gone; pictures that nobody else holds go ten minutes later. */
  readonly emptiedAt: number | null;
  readonly finishedAt: number | null;
  readonly counts: PurgeCounts;
}
