import { Lru } from "../store/lru.js";
import type { Clock } from "../types.js";

/** Clients that are remembered: an attacker with more addresses than these gains nothing but the first tries of each. */
const REMEMBERED = 10_000;
/** Wrong keys that a client may send before it has to wait: somebody types, and a deployment restarts with an old key. */
const FREE = 10;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 900_000;
/** After so long without a wrong key all are forgotten. */
const FORGOTTEN_MS = 900_000;

interface Failures {
  readonly count: number;
  /** By the monotonic clock: when the last wrong key came, and until when the next is not looked at. */
  readonly at: number;
  readonly until: number;
}

/**
 * Slows down who sends wrong keys, by address. While a client waits its keys are not looked at: a right guess would be
 * told from a wrong one otherwise. Only a key that was right from the same address before goes on: many clients may share
 * one address (a proxy, an office), and one of them must not lock the others out.
 */
export class FailedKeys {
  readonly #clock: Clock;
  readonly #failures = new Lru<string, Failures>(REMEMBERED);
  readonly #known = new Lru<string, true>(REMEMBERED);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Clients that are remembered for their wrong keys. */
  get size(): number {
    return this.#failures.size;
  }

  /** How long a client has to wait before this key of its is looked at, in ms; 0: not at all. `hash`: of the key. */
  waits(client: string, hash: string): number {
    const found = this.#failures.get(client);
    if (!found) return 0;
    const wait = found.until - this.#clock.monotonic();
    return wait <= 0 || this.#known.get(`${client} ${hash}`) ? 0 : wait;
  }

  /** The key was right. */
  succeeded(client: string, hash: string): void {
    const key = `${client} ${hash}`;
    if (!this.#known.get(key)) this.#known.set(key, true);
  }

  /** The key was wrong: each one beyond the first few makes the wait twice as long. Returns the wait, in ms. */
  failed(client: string): number {
    const now = this.#clock.monotonic();
    const before = this.#failures.get(client);
    const count = before && now - Math.max(before.at, before.until) < FORGOTTEN_MS ? before.count + 1 : 1;
    const over = count - FREE;
    const wait = over < 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(over, 20));
    this.#failures.set(client, { count, at: now, until: now + wait });
    return wait;
  }
}
