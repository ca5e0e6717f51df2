import type { Clock } from "../types.js";

interface Waiting {
  readonly bytes: number;
  readonly resolve: (granted: boolean) => void;
  readonly cancel: () => void;
}

/** Bytes of request bodies that the process holds at a time, all connections together. */
export class BodyBudget {
  readonly #limit: number;
  readonly #clock: Clock;
  #held = 0;
  #waiting: Waiting[] = [];

  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  get held(): number {
    return this.#held;
  }

  /** Takes the bytes when there is room now. One that alone is larger than the budget gets in when nothing else is held. */
  take(bytes: number): boolean {
    if (this.#held > 0 && this.#held + bytes > this.#limit) return false;
    this.#held += bytes;
    return true;
  }

  /** Takes the bytes as soon as there is room, first come, first served; false when there was none for `ms`. */
  takeWithin(bytes: number, ms: number): Promise<boolean> {
    if (this.#waiting.length === 0 && this.take(bytes)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, () => {
        this.#waiting = this.#waiting.filter((one) => one.resolve !== resolve);
        resolve(false);
        this.#grant();
      });
      this.#waiting.push({ bytes, resolve, cancel });
    });
  }

  give(bytes: number): void {
    this.#held -= bytes;
    this.#grant();
  }

  #grant(): void {
    for (let [first] = this.#waiting; first && this.take(first.bytes); [first] = this.#waiting) {
      this.#waiting.shift();
      first.cancel();
      first.resolve(true);
    }
  }
}
