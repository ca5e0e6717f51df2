import type { Portal } from "./account-types.js";
import type { Fault } from "./errors.js";
import type { EndpointInput, Language, QuietTime, TemplateSetting, TransportSetting } from "./schemas/endpoint.js";
import type { Status } from "./schemas/event.js";
import type { OrderDetails } from "./schemas/order.js";

export type { CustomerInput } from "./schemas/customer.js";
export type { EndpointInput, EndpointPatch, Language, TemplateSetting, TransportSetting } from "./schemas/endpoint.js";
export type { EventInput, Status } from "./schemas/event.js";
export type { OrderDetails } from "./schemas/order.js";

/** All times are epoch milliseconds, all durations milliseconds, unless a name says otherwise. */
export interface Clock {
  /** Wall clock; may jump. */
  now(): number;
  /** Never goes back; for deadlines and claims. */
  monotonic(): number;
  /** Calls back once after `ms`; returns what cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** Who is told. */
export interface Customer {
  readonly id: string;
  readonly name: string;
  /** null: `TIME_ZONE` of the environment. */
  readonly timeZone: string | null;
  readonly emails: readonly string[];
  readonly language: Language;
  /** Template of the callback URLs that come with this customer's orders. */
  readonly callbackTemplate: TemplateSetting;
  /** Days that finished events, and what was sent of them, are kept; null or absent: as the service says. */
  readonly retentionDays?: number | null;
  readonly payloadDays?: number | null;
  /** Absent: switched off. */
  readonly portal?: Portal;
  /** Why its secrets cannot be read: its callback URLs wait. */
  readonly callbackProblem?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type EndpointState = "active" | "paused" | "disabled";
export type Rate = { readonly count: number; readonly per: "second" | "minute" | "hour" };

/** One webhook setting, whole: every default filled in, durations in milliseconds, secrets in clear (in memory only). */
export interface Endpoint {
  readonly id: string;
  readonly customer: string;
  /** null: for all orders of the customer. */
  readonly order: string | null;
  /** `callback`: made from a callback URL. */
  readonly origin: "api" | "callback";
  readonly laneId: string;
  /** Transport, address and template in one: two endpoints that agree in it reach the same place. */
  readonly target: string;
  readonly name: string;
  readonly state: EndpointState;
  readonly stateReason: string;
  /** Why its setting cannot be used as it is kept: it is disabled until that is mended. */
  readonly problem?: string;
  readonly transport: TransportSetting;
  readonly template: Required<TemplateSetting>;
  readonly filter: {
    readonly statuses: readonly Status[];
    readonly statusCodes: readonly string[];
    readonly sources: readonly string[];
  };
  readonly success: { readonly statusCodes: readonly number[]; readonly bodyIncludes: string };
  readonly retry: { readonly scheduleMs: readonly number[]; readonly giveUpAfterMs: number };
  readonly limits: {
    readonly concurrency: number;
    readonly rate: Rate | null;
    /** Events of one request at most, and how long the first may wait for the others. */
    readonly batch: { readonly maxEvents: number; readonly maxWaitMs: number };
    /** Lanes that share concurrency and rate between them, so that several processes can work them. */
    readonly shards: number;
    /** How the statuses of one order go. */
    readonly order: "none" | "per-order" | "latest-only";
    /** `per-order`: so long after it came a later status goes though an earlier one is not done. */
    readonly overtakeAfterMs: number;
    /** When nothing is sent, in the endpoint's time zone. */
    readonly quietHours: readonly QuietTime[];
  };
  readonly timeoutMs: number;
  /** The endpoint's own, else the customer's, else `TIME_ZONE`. */
  readonly timeZone: string;
  readonly alerts: { readonly emails: readonly string[]; readonly language: Language };
  /** What was posted, defaults filled in, durations as text: what the API answers once its secrets are masked. */
  readonly settings: EndpointInput;
  /** Goes up by one with each change. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A picture, signature or document: the data URI as it was given (ASCII), kept once per content. */
export interface Content {
  readonly sha256: string;
  /** Bytes of the data URI. */
  readonly length: number;
  /** In lower case, such as `image/png`. */
  readonly mediaType: string;
  /** Where in the data URI its base64 begins. */
  readonly base64At: number;
  /** Streams the data URI's bytes, in chunks of at most 256 KiB. */
  open(): AsyncIterable<Buffer>;
}

/** One status change as templates see it. Texts that were not given are empty. */
export interface StatusEvent {
  readonly id: string;
  /** The TMS's own id, if it gave one. */
  readonly externalId: string | null;
  readonly customer: string;
  readonly order: string;
  readonly barcode: string;
  readonly container: string;
  readonly statusCode: string;
  readonly status: Status;
  readonly statusTime: number;
  readonly receivedAt: number;
  /** When its pictures, signatures, documents and comment were forgotten, epoch ms; absent: they are kept. */
  readonly payloadForgottenAt?: number;
  readonly descriptions: Readonly<Record<string, string>>;
  readonly reference: string;
  readonly comment: string;
  readonly oldLead: string;
  readonly newLead: string;
  readonly verifier: string;
  readonly signatures: readonly { readonly image: Content; readonly signedBy: string }[];
  readonly pictures: readonly Content[];
  readonly documents: readonly Content[];
  readonly documentUrl: string;
  readonly source: string;
  readonly location: {
    readonly text?: string;
    readonly country?: string;
    readonly latitude?: number;
    readonly longitude?: number;
  } | null;
  readonly leg: string;
  readonly reason: {
    readonly code?: string;
    readonly text?: string;
    readonly at?: string;
    readonly state?: string;
  } | null;
  readonly replacement: { readonly trackingNumber: string; readonly kind?: string } | null;
  readonly file: { readonly id: string | number } | null;
}

export type DeliveryState = "pending" | "sending" | "delivered" | "failed" | "canceled";

/** One event for one endpoint. */
export interface Delivery {
  readonly id: string;
  readonly eventId: string;
  readonly endpointId: string;
  readonly laneId: string;
  readonly customer: string;
  readonly order: string;
  readonly state: DeliveryState;
  /** Of `failed` and `canceled`: why. Empty otherwise. */
  readonly reason: string;
  /** Of the last attempt that failed. */
  readonly fault: Fault | null;
  readonly lastError: string;
  readonly attempts: number;
  readonly createdAt: number;
  readonly dueAt: number;
  /** When it reached its last state: delivered, failed or canceled. */
  readonly finishedAt: number | null;
  /** The final file name, given out before the first attempt; null for HTTP. */
  readonly fileName: string | null;
  /** The earlier delivery of its order that it waits for, at an endpoint with `per-order`. */
  readonly waitsFor: string | null;
  /** The earlier delivery that was not done yet when this one was sent. */
  readonly overtook: string | null;
  /** The later delivery that it was canceled for, at an endpoint with `latest-only`. */
  readonly supersededBy: string | null;
}

/** What one try looked like on both sides. */
export interface Attempt {
  readonly deliveryId: string;
  /** 1 for the first. */
  readonly number: number;
  readonly startedAt: number;
  readonly durationMs: number;
  /** `split`: refused as a whole, and to go out again in halves. */
  readonly outcome: "delivered" | "retry" | "held" | "failed" | "split";
  readonly fault: Fault | null;
  /** Such as `200`, `http_500`, `dns`, `ftp_550`. */
  readonly code: string;
  readonly detail: string;
  readonly transport: string;
  /** Where it went, without secrets. */
  readonly address: string;
  readonly sent: SentPayload | null;
  readonly response: string;
  readonly timings: Readonly<Record<string, number>>;
  /** Of HTTP, once a request was sent: its headers, name and value in turns, secrets masked. */
  readonly headers?: readonly string[];
  /** Of files: where the file is, or would be. */
  readonly remotePath?: string;
  /** Where several events went out in one request: the id that it had, and how many they were. */
  readonly batch?: { readonly id: string; readonly events: number };
  /** The earlier delivery of its order that was not done yet. */
  readonly overtook?: string;
  /** true: it ended after its claim was lost, and decided nothing. */
  readonly late: boolean;
  /** When what was sent and what came back were forgotten, epoch ms. */
  readonly forgottenAt?: number;
}

/** What was sent: the body with each picture replaced by `[sha256:… N bytes]`. */
export interface SentPayload {
  readonly contentType: string;
  /** Empty where the same as that of an earlier attempt with the same hash; reading fills it in. */
  readonly body: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly fileName: string | null;
}

export interface OrderRecord {
  readonly customer: string;
  readonly order: string;
  readonly details: OrderDetails;
  readonly callbackUrls: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A row of the status catalogue. */
export interface CatalogueRow {
  readonly code: string;
  readonly status: Status;
  readonly descriptions: Readonly<Record<string, string>>;
}

/** What a key may do, by what its holder is. */
export type KeyRole = "admin" | "operator" | "producer" | "customer" | "auditor";

/** What lets a program or a person into the API. The key itself is shown once and kept nowhere. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: KeyRole;
  /** Of the role `customer`: whose it is; null for all others. */
  readonly customer: string | null;
  readonly createdAt: number;
  /** null: it does not expire. */
  readonly expiresAt: number | null;
  /** To the minute. */
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

/** Who makes a change, from where, and by which operation of the API: what the audit log says of it. */
export interface Author {
  readonly keyId: string;
  readonly keyName: string;
  /** `service`: Waybell by itself. */
  readonly role: KeyRole | "service";
  readonly address: string;
  /** `operationId` of the API. */
  readonly operation: string;
}

/** What was changed. Before and after are as the API shows them: secrets masked; null where there was or is nothing. */
export interface AuditNote {
  readonly customer: string | null;
  /** Id of the endpoint, customer, delivery or key, number of the order, code of the status. */
  readonly subject: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** One change in the audit log. */
export interface AuditEntry extends Author, AuditNote {
  readonly id: string;
  readonly at: number;
}
