import { wholeLane } from "./shards.js";

/** An endpoint with all its shards has this part of the room at most, so that one whose receiver hangs leaves others theirs, … */
const ENDPOINT_SHARE = 1 / 4;
/** … a customer with all its endpoints this, … */
const CUSTOMER_SHARE = 1 / 2;
/** … and this is what all endpoints have together whose last large payload got no answer, or that have sent none yet. */
const UNPROVEN_SHARE = 1 / 2;
/** Endpoints that are known to answer; one that is forgotten has to show it once more. */
const MAX_PROVEN = 20_000;

/** Who sends a payload. */
export interface Holder {
  readonly laneId: string;
  readonly customer: string;
}

interface Waiting {
  readonly endpoint: string;
  readonly customer: string;
  readonly bytes: number;
  readonly go: (isProven: boolean) => void;
}

/** Gives the room back, once. `answered`: whether the receiver took it and said something; null: it was not asked. */
export type GiveBack = (answered: boolean | null) => void;

/** The room of large payloads: receivers that hang, however many, never hold all of it. */
export class LargeRoom {
  readonly #bytes: number;
  readonly #heldBy = new Map<string, number>();
  readonly #proven = new Set<string>();
  #free: number;
  #heldUnproven = 0;
  #waiting: Waiting[] = [];

  constructor(bytes: number) {
    this.#bytes = bytes;
    this.#free = bytes;
  }

  /** Waits until there is room; one that is larger than its endpoint's share takes all of that. */
  async take(needed: number, { laneId, customer }: Holder): Promise<GiveBack> {
    const endpoint = wholeLane(laneId);
    const bytes = Math.min(needed, this.#bytes * ENDPOINT_SHARE);
    const wasProven = await new Promise<boolean>((go) => {
      this.#waiting.push({ endpoint, customer, bytes, go });
      this.#grant();
    });
    let taken = true;
    return (answered) => {
      if (!taken) return;
      taken = false;
      this.#hold(endpoint, customer, -bytes, wasProven);
      if (answered !== null) this.#remember(endpoint, answered);
      this.#grant();
    };
  }

  /** In their order; what only a share holds back lets others go before it. */
  #grant(): void {
    let full = false;
    this.#waiting = this.#waiting.filter((one) => {
      if (full || !this.#isWithinShares(one)) return true;
      full = one.bytes > this.#free;
      if (full) return true;
      const isProven = this.#proven.has(one.endpoint);
      this.#hold(one.endpoint, one.customer, one.bytes, isProven);
      one.go(isProven);
      return false;
    });
  }

  #isWithinShares({ endpoint, customer, bytes }: Waiting): boolean {
    const held = (who: string) => (this.#heldBy.get(who) ?? 0) + bytes;
    const isProven = this.#proven.has(endpoint) || this.#heldUnproven + bytes <= this.#bytes * UNPROVEN_SHARE;
    const isWithin = held(endpointKey(endpoint)) <= this.#bytes * ENDPOINT_SHARE;
    return isProven && isWithin && held(customerKey(customer)) <= this.#bytes * CUSTOMER_SHARE;
  }

  #hold(endpoint: string, customer: string, bytes: number, isProven: boolean): void {
    this.#free -= bytes;
    if (!isProven) this.#heldUnproven += bytes;
    for (const who of [endpointKey(endpoint), customerKey(customer)]) {
      const held = (this.#heldBy.get(who) ?? 0) + bytes;
      if (held > 0) this.#heldBy.set(who, held);
      else this.#heldBy.delete(who);
    }
  }

  #remember(endpoint: string, answered: boolean): void {
    this.#proven.delete(endpoint);
    if (answered) this.#proven.add(endpoint);
    const [oldest] = this.#proven;
    if (this.#proven.size > MAX_PROVEN && oldest !== undefined) this.#proven.delete(oldest);
  }
}

const endpointKey = (endpoint: string) => `e ${endpoint}`;
const customerKey = (customer: string) => `c ${customer}`;
