import type { Clock } from "../types.js";

/** How long the lead lasts when nobody renews it, and how long before that its holder stops by itself. */
export interface LeadLife {
  readonly leaseMs: number;
  readonly marginMs: number;
}

const LIFE: LeadLife = { leaseMs: 15_000, marginMs: 2_000 };
/** A lease that is over when it begins: anybody may take the next. */
const OVER_MS = -1;

/** Whether this process does what only one of all may do: the sweep, the alerts and their mails; the inbox. */
export class Leader {
  readonly #clock: Clock;
  readonly #lead: ((lifeMs: number) => Promise<boolean>) | null;
  readonly #life: LeadLife;
  #until = Number.NEGATIVE_INFINITY;
  /** Also while nobody knows what has become of the last question. */
  #mayHold = false;

  /** `lead` takes or renews the lease; null: there is one process only. */
  constructor(clock: Clock, lead: ((lifeMs: number) => Promise<boolean>) | null, life = LIFE) {
    this.#clock = clock;
    this.#lead = lead;
    this.#life = life;
  }

  get isLeading(): boolean {
    return this.#lead === null || this.#clock.monotonic() < this.#until;
  }

  /** Takes the lead, or keeps it; false: another process has it. */
  async renew(): Promise<boolean> {
    if (this.#lead === null) return true;
    const begun = this.#clock.monotonic();
    const { leaseMs, marginMs } = this.#life;
    this.#mayHold = true;
    const leads = await this.#lead(leaseMs);
    this.#mayHold = leads;
    this.#until = leads ? begun + leaseMs - marginMs : Number.NEGATIVE_INFINITY;
    return leads;
  }

  /** Leaves the lead to the next who asks; called when what it was for has ended. Never rejects: its lease ends anyway. */
  async giveUp(): Promise<void> {
    this.#until = Number.NEGATIVE_INFINITY;
    if (this.#lead === null || !this.#mayHold) return;
    this.#mayHold = false;
    await this.#lead(OVER_MS).catch(() => undefined);
  }
}
