import type { Fault } from "../errors.js";
import type { Page } from "./page.js";

/** What went through in a minute or day that began then: epoch ms, of a day the beginning of the same day in UTC. */
export interface TrafficView {
  readonly at: number;
  readonly events: number;
  readonly deliveries: number;
  readonly delivered: number;
  readonly failed: number;
  readonly failedAttempts: number;
}

export type TroubleKind = "held" | "failing" | "askedToWait" | "gaveUp" | "disabled" | "paused";

/** An endpoint in trouble, or the callback URLs of a customer at one origin. */
export interface TroubleView {
  readonly customer: string;
  readonly endpoint: string | null;
  readonly name: string;
  readonly kind: TroubleKind;
  readonly since: number;
  readonly fault: Fault | null;
  readonly code: string;
  readonly text: string;
  readonly reason: string;
  readonly waiting: number;
  readonly givenUp: number;
  readonly nextTry: number | null;
}

/** How things stand. */
export interface OverviewView {
  readonly at: number;
  readonly timeZone: string;
  readonly waiting: number | null;
  readonly waitingMore: boolean;
  readonly sending: number;
  readonly minutes: readonly TrafficView[];
  readonly days: readonly TrafficView[];
  readonly counts: Readonly<Record<TroubleKind, number>>;
  readonly trouble: Page<TroubleView>;
}

/** Asked the same again within a second it gives the same answer. */
export type OverviewService = (request: {
  /** null: of all customers. */
  readonly customer: string | null;
  readonly minutes: number;
  readonly days: number;
  readonly limit: number;
  readonly cursor?: string | undefined;
}) => Promise<OverviewView>;
