/** How a send ended for its lane; an answer of no that is about what was sent counts as reached. */
export type Ending = "reached" | "failed" | "serverFault";

/** How a lane's sends of the last minute ended: counts by ten seconds, changed in place as each send is one more. */
export interface FailureRate {
  /** Which ten seconds were counted last, since the epoch. */
  slot: number;
  /** Of all slots together. */
  sends: number;
  failures: number;
  serverFaults: number;
  /** When the first fault of the server came since something was reached (epoch ms); 0: none has. */
  faultySince: number;
  readonly sendsOf: number[];
  readonly failuresOf: number[];
  readonly serverFaultsOf: number[];
}

const SLOT_MS = 10_000;
const SLOTS = 6;
/** Fewer say too little. */
const LEAST_SENDS = 20;
/** A set of statuses that a receiver stumbles over is through by then, and others have had their turn. */
const FAULTY_MS = 10_000;
/** Fewer failures are a small part of those that open a breaker. */
const TELLING_FAILURES = 5;

export function createFailureRate(): FailureRate {
  const none = () => Array<number>(SLOTS).fill(0);
  return {
    slot: 0,
    sends: 0,
    failures: 0,
    serverFaults: 0,
    faultySince: 0,
    sendsOf: none(),
    failuresOf: none(),
    serverFaultsOf: none(),
  };
}

/** Forgets all sends. */
export function empty(rate: FailureRate): void {
  rate.sends = 0;
  rate.failures = 0;
  rate.serverFaults = 0;
  rate.faultySince = 0;
  rate.sendsOf.fill(0);
  rate.failuresOf.fill(0);
  rate.serverFaultsOf.fill(0);
}

/** Counts a send that ended at `at` (epoch ms). Nothing is allocated: it is made for each send of the hot road. */
export function countSend(rate: FailureRate, ending: Ending, at: number): void {
  // An integer, which is cheaper to compare and to divide than what Math.floor makes.
  const slot = (at / SLOT_MS) | 0;
  if (slot !== rate.slot) turnTo(rate, slot);
  const place = slot % SLOTS;
  rate.sends++;
  rate.sendsOf[place] = (rate.sendsOf[place] ?? 0) + 1;
  if (ending === "failed") {
    rate.failures++;
    rate.failuresOf[place] = (rate.failuresOf[place] ?? 0) + 1;
  } else if (ending === "reached") rate.faultySince = 0;
  else {
    if (rate.faultySince === 0) rate.faultySince = at;
    rate.serverFaults++;
    rate.serverFaultsOf[place] = (rate.serverFaultsOf[place] ?? 0) + 1;
  }
}

/** Whether half of the sends of the last minute failed, or more, and they were enough to tell. */
export function failsTooOften({ sends, failures }: FailureRate): boolean {
  return sends >= LEAST_SENDS && failures * 2 >= sends;
}

/** Whether nothing but faults of the server came back in the last minute, of sends that were enough to tell, and for a while. */
export function hasOnlyFaults({ sends, failures, serverFaults, faultySince }: FailureRate, at: number): boolean {
  return sends >= LEAST_SENDS && failures + serverFaults === sends && faultySince > 0 && at - faultySince >= FAULTY_MS;
}

/** Whether failures of the last minute are counted that are not to be forgotten. */
export function isTelling({ slot, failures, serverFaults }: FailureRate, at: number): boolean {
  return failures + serverFaults >= TELLING_FAILURES && Math.abs(((at / SLOT_MS) | 0) - slot) < SLOTS;
}

/** Forgets the slots that are over. Sends under way end in any order: one that is a little late counts where it belongs. */
function turnTo(rate: FailureRate, slot: number): void {
  const slots = slot - rate.slot;
  if (slots < 0 && slots > -SLOTS) return;
  rate.slot = slot;
  // Also for a wall clock that was set: what it showed before cannot be compared.
  if (Math.abs(slots) >= SLOTS) {
    empty(rate);
    return;
  }
  for (let back = 0; back < slots; back++) {
    const place = (slot - back) % SLOTS;
    rate.sends -= rate.sendsOf[place] ?? 0;
    rate.failures -= rate.failuresOf[place] ?? 0;
    rate.serverFaults -= rate.serverFaultsOf[place] ?? 0;
    rate.sendsOf[place] = 0;
    rate.failuresOf[place] = 0;
    rate.serverFaultsOf[place] = 0;
  }
}
