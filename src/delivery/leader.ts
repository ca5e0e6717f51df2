import type { Clock } from "../types.js";

const LEASE_MS = 15_000;
/** Whoever leads stops so long before the lease ends. */
const MARGIN_MS = 2_000;

/** Whether this process does what only one of all may do: the sweep, the alerts and their mails. */
export class Leader {
  readonly #clock: Clock;
  readonly #lead: ((lifeMs: number) => Promise<boolean>) | null;
  #until = Number.NEGATIVE_INFINITY;

  /** `lead` takes or renews the lease; null: there is one process only. */
  constructor(clock: Clock, lead: ((lifeMs: number) => Promise<boolean>) | null) {
    this.#clock = clock;
    this.#lead = lead;
  }

  get isLeading(): boolean {
    return this.#lead === null || this.#clock.monotonic() < this.#until;
  }

  /** Takes the lead, or keeps it; false: another process has it. */
  async renew(): Promise<boolean> {
    if (this.#lead === null) return true;
    const begun = this.#clock.monotonic();
    const leads = await this.#lead(LEASE_MS);
    this.#until = leads ? begun + LEASE_MS - MARGIN_MS : Number.NEGATIVE_INFINITY;
    return leads;
  }
}
