import { Lru } from "../store/lru.js";
import type { Clock } from "../types.js";

/** Keys whose buckets are remembered: more than there can be valid ones. */
const REMEMBERED = 12_000;

interface Bucket {
  tokens: number;
  /** By the monotonic clock. */
  at: number;
}

/**
 * Requests that one key may make, by token buckets in this process's memory: as many a second as allowed, and as many at
 * once. Where several processes take requests each allows them.
 */
export class KeyRate {
  readonly #perSecond: number;
  readonly #clock: Clock;
  readonly #buckets = new Lru<string, Bucket>(REMEMBERED);

  /** `perSecond`: 0 allows any number. */
  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one request of the key; how long to wait for the next, in ms; 0: it may be made now. */
  take(keyId: string): number {
    if (this.#perSecond === 0) return 0;
    const now = this.#clock.monotonic();
    const bucket = this.#bucketOf(keyId, now);
    bucket.tokens = Math.min(this.#perSecond, bucket.tokens + ((now - bucket.at) * this.#perSecond) / 1000);
    bucket.at = now;
    if (bucket.tokens < 1) return ((1 - bucket.tokens) * 1000) / this.#perSecond;
    bucket.tokens--;
    return 0;
  }

  #bucketOf(keyId: string, now: number): Bucket {
    const found = this.#buckets.get(keyId);
    if (found) return found;
    const made = { tokens: this.#perSecond, at: now };
    this.#buckets.set(keyId, made);
    return made;
  }
}
