import type { Dispatcher } from "undici";
import { systemClock } from "../clock.js";
import type { Clock } from "../types.js";
import type { ProducerError, UnpublishedEvent } from "./error.js";

/** The most that the API takes in one array. */
const MAX_ITEMS = 1000;

export interface RetryOptions {
  /** The wait after the first failure; each further one doubles it. Default 200 ms. */
  readonly firstMs?: number;
  /** The longest wait. Default 15 s. */
  readonly longestMs?: number;
  /** How long an event is tried, counted from `publish`; looked at between tries. Default 5 minutes; `Infinity` for ever. */
  readonly maxAgeMs?: number;
  /** How long one request may take. Default 60 s. */
  readonly requestTimeoutMs?: number;
}

export interface ProducerOptions {
  /** The address of Waybell, such as `https://waybell.example`. */
  readonly url: string;
  /** An API key. */
  readonly key: string;
  /** Events of one request at most: 1 to 1,000. Default 1,000. */
  readonly maxBatch?: number;
  /** Bytes of one request at most; a larger event goes alone. Default 4 MiB. */
  readonly maxBatchBytes?: number;
  /** How long the first event waits for others. Default 5 ms. */
  readonly lingerMs?: number;
  /** Requests under way at most. Default 4. */
  readonly maxRequests?: number;
  /** Events held at most, those under way included. Default 10,000. */
  readonly maxWaiting?: number;
  /** Bytes held at most; the last event let in may pass it. Default 64 MiB. */
  readonly maxWaitingBytes?: number;
  /** What `publish` does when that many are held: `wait` in line (default), or `reject` with the code `full`. */
  readonly whenFull?: "wait" | "reject";
  readonly retry?: RetryOptions;
  readonly clock?: Clock;
  /** Connections of your own (a proxy, client certificates); they stay open when the producer closes. */
  readonly dispatcher?: Dispatcher;
  /**
   * Told of each event that was not published, whatever the reason. With it, a promise of `publish` that nobody looks at
   * ends no process.
   */
  readonly onRefused?: (event: UnpublishedEvent, error: ProducerError) => void;
}

/** The options, checked and complete. */
export interface Settings {
  readonly endpoint: URL;
  readonly key: string;
  readonly maxBatch: number;
  readonly maxBatchBytes: number;
  readonly lingerMs: number;
  readonly maxRequests: number;
  readonly maxWaiting: number;
  readonly maxWaitingBytes: number;
  readonly whenFull: "wait" | "reject";
  readonly retry: Required<RetryOptions>;
  readonly clock: Clock;
  readonly onRefused: ProducerOptions["onRefused"];
}

function number(name: string, value: number | undefined, fallback: number, least: number, most = Infinity): number {
  if (value === undefined) return fallback;
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw new TypeError(`${name} is ${String(value)}: give a number from ${least} to ${most}.`);
}

function endpointOf(url: string): URL {
  const base = URL.canParse(url) ? new URL(url) : null;
  if (!base || !["http:", "https:"].includes(base.protocol)) {
    throw new TypeError("url is no address of a Waybell: write it like https://waybell.example.");
  }
  // Addresses get logged.
  if (base.username || base.password) throw new TypeError("url holds a name or a password: give the key as key.");
  return new URL(`${base.pathname.replace(/\/+$/, "")}/v1/events`, base.origin);
}

function checkKey(key: string): string {
  if (typeof key === "string" && /^[\x21-\x7e]+$/.test(key)) return key;
  throw new TypeError("key is empty, or holds characters that no API key has.");
}

function retryOf(retry: RetryOptions = {}): Required<RetryOptions> {
  return {
    firstMs: number("retry.firstMs", retry.firstMs, 200, 1),
    longestMs: number("retry.longestMs", retry.longestMs, 15_000, 1),
    maxAgeMs: number("retry.maxAgeMs", retry.maxAgeMs, 300_000, 1),
    requestTimeoutMs: number("retry.requestTimeoutMs", retry.requestTimeoutMs, 60_000, 1),
  };
}

/** Throws TypeError for what cannot work; its text never holds the key. */
export function readOptions(options: ProducerOptions): Settings {
  return {
    endpoint: endpointOf(options.url),
    key: checkKey(options.key),
    maxBatch: number("maxBatch", options.maxBatch, MAX_ITEMS, 1, MAX_ITEMS),
    maxBatchBytes: number("maxBatchBytes", options.maxBatchBytes, 4 * 1024 * 1024, 1),
    lingerMs: number("lingerMs", options.lingerMs, 5, 0),
    maxRequests: number("maxRequests", options.maxRequests, 4, 1, 64),
    maxWaiting: number("maxWaiting", options.maxWaiting, 10_000, 1),
    maxWaitingBytes: number("maxWaitingBytes", options.maxWaitingBytes, 64 * 1024 * 1024, 1),
    whenFull: options.whenFull ?? "wait",
    retry: retryOf(options.retry),
    clock: options.clock ?? systemClock,
    onRefused: options.onRefused,
  };
}
