import type { Fault } from "../errors.js";
import type { EndpointState, Language, TransportSetting } from "../types.js";

export type AlertKind = "outage" | "given_up" | "held" | "disabling" | "disabled" | "internal";
export type MailKind = AlertKind | "recovery";

/** What the mails of one kind about one lane have told. */
export interface AlertRow {
  readonly id: string;
  readonly openedAt: number;
  /** null: nobody could be told. */
  readonly lastMailAt: number | null;
  readonly listedFrom: string | null;
  readonly listedUpTo: string | null;
  readonly closedAt: number | null;
}

/** A lane whose health has changed, or whose time to look has come. */
export interface WatchedLane {
  readonly id: string;
  readonly customerId: string;
  readonly label: string;
  readonly heldReason: string | null;
  readonly failures: number;
  readonly responseFailures: number;
  readonly successes: number;
  /** When the first of the successes since the last failure was. */
  readonly succeedingSince: number | null;
  readonly failingSince: number | null;
  readonly fault: Fault | null;
  readonly code: string;
  readonly text: string;
  readonly lastFailureAt: number | null;
  /** The last time that a connection failed in the outage that lasts. */
  readonly connectFailedAt: number | null;
  readonly givenUpAt: number | null;
  readonly disabledAt: number | null;
  /** The first of the failed attempts since anything succeeded; null: the last attempt did. */
  readonly onlyFailedSince: number | null;
  /** When its endpoint is disabled unless something succeeds. */
  readonly disablesAt: number | null;
  /** The newest alert of each kind. */
  readonly alerts: Readonly<Partial<Record<AlertKind, AlertRow>>>;
  /** When an outage of this lane was last mailed, and when the end of one was. */
  readonly lastOutageMailAt: number | null;
  readonly lastRecoveryMailAt: number | null;
}

/** An endpoint as mails speak of it. */
export interface WatchedEndpoint {
  readonly id: string;
  readonly name: string;
  readonly deleted: boolean;
  readonly state: EndpointState;
  readonly stateReason: string;
  readonly updatedAt: number;
  /** Secrets in it are encrypted. */
  readonly transport: TransportSetting;
  readonly emails: readonly string[];
  readonly language: Language | null;
  readonly timeZone: string | null;
}

/** Whom a lane serves. */
export interface LaneOwner {
  readonly customer: {
    readonly id: string;
    readonly name: string;
    readonly emails: readonly string[];
    readonly language: Language;
    readonly timeZone: string | null;
  };
  /** The newest first, at most 20; deleted ones only where there are no others. */
  readonly endpoints: readonly WatchedEndpoint[];
  /** Of those that are not deleted. */
  readonly endpointCount: number;
}

/** A mail to send, as its row is written. */
export interface MailDraft {
  readonly id: string;
  readonly kind: MailKind;
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly csv: string | null;
}

/** What a look has found out about one lane, to be written at once or not at all. */
export interface AlertChange {
  readonly kind: AlertKind;
  readonly alert: AlertRow;
  /** null: there is nobody to tell, or nothing to say. */
  readonly mail: MailDraft | null;
  /** Deliveries that this mail lists, with the time at which each was given up. */
  readonly listed: readonly (readonly [deliveryId: string, finishedAt: number])[];
  /** Forget listed deliveries that were given up before this time. */
  readonly forgetBefore: number | null;
  /** The outage is over: written only if the lane has not failed since it was read. */
  readonly ends: boolean;
}
