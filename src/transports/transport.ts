import type { TSchema } from "typebox";
import type { FieldError } from "../errors.js";
import type { RuleParams } from "../schemas/rules/rules.js";
import type { Format, Payload } from "../templates/template.js";
import type { TraceContext } from "../tracing.js";
import type { Clock } from "../types.js";
import type { Connections } from "./connections.js";

/** An address that was checked and may be connected to. */
export interface CheckedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** An HTTP proxy of the operator's through which all sends go. Waybell still looks names up and checks addresses. */
export interface EgressProxy {
  readonly host: string;
  readonly port: number;
  /** Value of Proxy-Authorization; it is shown nowhere. */
  readonly authorization?: string;
}

/**
 * Looks a host name (or literal in any notation) up and returns the addresses that may be connected to, never none.
 * Throws TransportError: `dns` (fault connection) or `address_refused` (fault config).
 */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly CheckedAddress[]>;

/** A server that secrets are sent to: another one where any of it is another. */
export interface Server {
  /** Protocol and how the connection is secured: what was meant for TLS is not for who listens in clear. */
  readonly scheme: string;
  /** The same for all ways to write it; undefined: what is set is no host, and the same as nothing. */
  readonly host: string | undefined;
  readonly port: number;
}

/** What a transport gets handed in for one send or check. */
export interface SendContext {
  /** Aborts at the attempt's total deadline, or when the process must stop. */
  readonly signal: AbortSignal;
  readonly ids: {
    /** `webhook-id`: the same on every retry. */
    readonly webhookId: string;
    /** Seconds since the epoch, for `webhook-timestamp`. */
    readonly timestamp: number;
  };
  /** The endpoint, as the key under which kept connections are leased. Changes with the endpoint's version. */
  readonly leaseKey: string;
  readonly resolve: Resolve;
  /** Every connection goes through it; absent: straight to the receiver. */
  readonly proxy?: EgressProxy | undefined;
  readonly connections: Connections;
  readonly clock: Clock;
  /**
   * Monotonic ms: when the claim expires. A transport looks at it (`mustNotBeLate`) at the last moment before it writes
   * what the receiver could take for the delivery. Infinity: there is no claim, as in checks and tests.
   */
  readonly startBy: number;
  /** Monotonic ms: when `signal` aborts at the latest, for those who act before timers do; absent: never. */
  readonly endBy?: number;
  /** Of files: the final name; of HTTP: absent. */
  readonly fileName?: string;
  /** The attempt before ended `ambiguous`: files look first whether the file is there, whole. */
  readonly mayHaveArrived: boolean;
  /** What the receiver may go on with; absent: there is none. */
  readonly trace?: TraceContext;
  /** Somebody tries the endpoint out: no order has changed, and the receiver may tell. */
  readonly isTest?: boolean;
  /** Of checks: gets each step as it ends. */
  readonly onStep?: (step: CheckStep) => void;
  /** Which answers mean delivered, for transports whose receiver answers. */
  readonly success: { readonly statusCodes: readonly number[]; readonly bodyIncludes: string };
}

/** What came back from a send that arrived. */
export interface Receipt {
  /** HTTP status or FTP reply code. */
  readonly code: number;
  readonly detail: string;
  readonly remotePath?: string;
  /** Of HTTP: those of the request, name and value in turns, secrets masked. */
  readonly headers?: readonly string[];
  readonly bytes: number;
  /** Milliseconds of each step: `resolve`, `connect`, `tls`, `login`, `send`, `wait`, `rename` … */
  readonly timings: Readonly<Record<string, number>>;
  /** The first 16 KiB of what came back, as text. */
  readonly response: string;
}

export interface CheckStep {
  readonly step:
    | "resolve"
    | "connect"
    | "tls"
    | "host-key"
    | "login"
    | "write"
    | "rename"
    | "delete"
    | "token"
    | "request";
  readonly ok: boolean;
  readonly detail: string;
  /** Of one that failed as attempts have it, of one that succeeded what `detail` says; absent: it says nothing. */
  readonly code?: string;
  /** What `detail` names; of one that failed `reply`, the server's own words. */
  readonly params?: RuleParams;
  readonly durationMs: number;
  /** SSH host key or certificate fingerprint that was offered, as `SHA256:…`. */
  readonly fingerprint?: string;
}

/** What signs: a secret that both sides know, or a key of which the receiver holds the public half. */
export type SigningKind = "hmac" | "ed25519";

/** A public key, and until when its secret signs; null: until it is changed. */
export interface PublicKey {
  readonly key: string;
  readonly until: number | null;
}

/** How deliveries are signed; the options hold `signingSecret`, and after a change the previous one beside it. */
export interface Signing {
  newSecret(kind: SigningKind): string;
  kindOf(secret: string): SigningKind;
  /** What receivers verify with, the newest first; none of secrets that both sides must know. */
  publicKeys(options: Readonly<Record<string, unknown>>): readonly PublicKey[];
}

/**
 * One way to hand a payload over. Throws TransportError when it did not arrive, ClaimExpiredError when it was too late to
 * begin; never retries by itself.
 */
export interface Transport {
  readonly name: string;
  readonly label: string;
  readonly optionsSchema: TSchema;
  /** What it can carry. */
  readonly accepts: readonly Format[];
  /** The format where the endpoint's template options name none; absent: they must, unless only one fits. */
  readonly defaultFormat?: Format;
  /** Files: one at a time, a longer deadline, a name given out before the first attempt. */
  readonly kind: "http" | "file";
  /** One line, no secrets: for logs, lists and mails. */
  describe(options: Readonly<Record<string, unknown>>): string;
  /** Canonical target: two endpoints with the same one reach the same place. HTTP: the URL; files: protocol, host, port and folder. */
  address(options: Readonly<Record<string, unknown>>): string;
  /** All that its secrets are sent to, in an order that stays: pointed at another one, they must be given again. */
  servers(options: Readonly<Record<string, unknown>>): readonly Server[];
  /**
   * The headers of a request with this payload, name and value in turns, as its attempt would show them but with its
   * signatures masked too; absent: it sends none.
   */
  headers?(payload: Payload, options: Readonly<Record<string, unknown>>, ids: SendContext["ids"]): readonly string[];
  /** Names of the headers, in lower case, that the options have it send; absent: it sends none. */
  headerNames?(options: Readonly<Record<string, unknown>>): ReadonlySet<string>;
  /** Faults of the options that the schema cannot say, found without a connection, each at its place. */
  validate?(options: Readonly<Record<string, unknown>>): readonly FieldError[];
  /** Absent: deliveries are not signed. */
  readonly signing?: Signing;
  /** A streamed body is held in one piece with these options: the budget of large payloads counts all of it. */
  holdsWhole?(options: Readonly<Record<string, unknown>>): boolean;
  send(payload: Payload, options: Readonly<Record<string, unknown>>, context: SendContext): Promise<Receipt>;
  /** Step by step, stopping at the first that fails; never throws for what the receiver did. */
  check(options: Readonly<Record<string, unknown>>, context: SendContext): Promise<readonly CheckStep[]>;
}
