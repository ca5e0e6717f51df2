import { refusal } from "../schemas/rules/rules.js";
import { RefusalError } from "./problems.js";

const RETRY_AFTER_SECONDS = 10;

/**
 * Bounds the calls that are under way at a time, of one owner and of all: those that go on for as long as somebody else's
 * server lets them.
 */
export class InFlight {
  readonly #perOwner: number;
  readonly #most: number;
  readonly #owners = new Map<string, number>();
  #count = 0;

  constructor(perOwner: number, most: number) {
    this.#perOwner = perOwner;
    this.#most = most;
  }

  /** Does the work, or throws a 429 when too much of it is under way. */
  async run<T>(owner: string, work: () => Promise<T>): Promise<T> {
    const own = this.#owners.get(owner) ?? 0;
    if (own >= this.#perOwner || this.#count >= this.#most) {
      const detail = own >= this.#perOwner ? refusal("tests_of_owner", { owner }) : refusal("tests_under_way");
      throw new RefusalError(429, "busy", detail, { "retry-after": String(RETRY_AFTER_SECONDS) });
    }
    this.#count++;
    this.#owners.set(owner, own + 1);
    try {
      return await work();
    } finally {
      this.#count--;
      const left = (this.#owners.get(owner) ?? 1) - 1;
      if (left > 0) this.#owners.set(owner, left);
      else this.#owners.delete(owner);
    }
  }
}
