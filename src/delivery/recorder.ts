import { StoreUnavailableError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { DeliveryRecord } from "../store/records.js";
import type { Clock } from "../types.js";
import { onceEvery } from "./once-every.js";
import type { Tally } from "./tally.js";

/** Results waiting to be recorded at most: beyond it nothing new is sent, so that a full disk does not repeat thousands. */
const MAX_UNRECORDED = 5_000;
const AGAIN_MS = 1_000;
const SAY_EVERY_MS = 60_000;
/** How often a result is tried that the database refuses although it can be written. */
const MAX_REFUSALS = 5;

interface Release {
  readonly id: string;
  readonly token: string;
  readonly mayHaveArrived: boolean;
}

export interface RecorderOptions {
  readonly store: { record(record: DeliveryRecord): Promise<void>; release(claim: Release): Promise<void> };
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when there is room again after `isFull`. */
  readonly onRoom: () => void;
  readonly tally?: Tally;
}

/** Records results and releases; while the database cannot be written they are kept, and tried again. */
export class Recorder {
  readonly #options: RecorderOptions;
  #waiting = 0;
  readonly #maySay: () => boolean;
  #stopped = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#maySay = onceEvery(options.clock, SAY_EVERY_MS);
  }

  /** So many results wait that nothing new may be sent. */
  get isFull(): boolean {
    return this.#waiting >= MAX_UNRECORDED;
  }

  /** Results that are not written yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves with true once the result is written; with false when it never will be: its claim must expire then. */
  async record(record: DeliveryRecord): Promise<boolean> {
    this.#waiting++;
    const written = await this.#write(() => this.#options.store.record(record));
    if (written) this.#options.tally?.recorded(record);
    else {
      const facts = { delivery: record.id, outcome: record.attempt?.outcome };
      this.#options.log.error(facts, "result not recorded: it is sent again");
    }
    this.#waiting--;
    if (this.#waiting === MAX_UNRECORDED - 1) this.#options.onRoom();
    return written;
  }

  /**
   * Gives a claimed delivery back; resolves once that is written, or never will be: its claim must expire then. Returns
   * whether it was written late: whoever looked for work meanwhile has not seen it.
   */
  async release(claim: Release): Promise<boolean> {
    const begun = this.#options.clock.monotonic();
    const written = await this.#write(() => this.#options.store.release(claim));
    if (!written) this.#options.log.warn({ delivery: claim.id }, "claim not released: it will expire");
    return written && this.#options.clock.monotonic() - begun >= AGAIN_MS;
  }

  /** Gives up what is not written yet: the next start sends it again, with the same ids. */
  stop(): void {
    this.#stopped = true;
  }

  #say(error: unknown): void {
    const facts = { waiting: this.#waiting, err: error };
    if (this.#maySay()) this.#options.log.error(facts, "results not recorded yet: they are kept and tried again");
  }

  async #write(write: () => Promise<void>): Promise<boolean> {
    const { clock } = this.#options;
    for (let refusals = 0; refusals < MAX_REFUSALS; ) {
      try {
        await write();
        return true;
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) refusals++;
        this.#say(error);
      }
      if (this.#stopped) break;
      await new Promise<void>((again) => void clock.after(AGAIN_MS, again));
      if (this.#stopped) break;
    }
    return false;
  }
}
