import { StoreUnavailableError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { DeliveryRecord } from "../store/records.js";
import type { Clock } from "../types.js";

/** Results waiting to be recorded at most: beyond it nothing new is sent, so that a full disk does not repeat thousands. */
const MAX_UNRECORDED = 5_000;
const AGAIN_MS = 1_000;
const SAY_EVERY_MS = 60_000;
/** How often a result is tried that the database refuses although it can be written. */
const MAX_REFUSALS = 5;

export interface RecorderOptions {
  readonly store: { record(record: DeliveryRecord): Promise<void> };
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when there is room again after `isFull`. */
  readonly onRoom: () => void;
}

/** Records results; while the database cannot be written they are kept, and tried again. */
export class Recorder {
  readonly #options: RecorderOptions;
  #waiting = 0;
  #saidAt = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** So many results wait that nothing new may be sent. */
  get isFull(): boolean {
    return this.#waiting >= MAX_UNRECORDED;
  }

  /** Resolves with true once the result is written; with false when it never will be: its claim must expire then. */
  async record(record: DeliveryRecord): Promise<boolean> {
    this.#waiting++;
    const written = await this.#write(record);
    this.#waiting--;
    if (this.#waiting === MAX_UNRECORDED - 1) this.#options.onRoom();
    return written;
  }

  /** Gives up what is not written yet: the next start sends it again, with the same ids. */
  stop(): void {
    this.#stopped = true;
  }

  /** Thousands of results fail together: one line a minute, on a disk that may be full. */
  #say(error: unknown): void {
    const { clock, log } = this.#options;
    if (clock.monotonic() - this.#saidAt < SAY_EVERY_MS) return;
    this.#saidAt = clock.monotonic();
    log.error({ waiting: this.#waiting, err: error }, "results not recorded yet: they are kept and tried again");
  }

  async #write(record: DeliveryRecord): Promise<boolean> {
    const { store, clock, log } = this.#options;
    for (let refusals = 0; refusals < MAX_REFUSALS; ) {
      try {
        await store.record(record);
        return true;
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) refusals++;
        this.#say(error);
      }
      if (this.#stopped) break;
      await new Promise<void>((again) => void clock.after(AGAIN_MS, again));
      if (this.#stopped) break;
    }
    log.error({ delivery: record.id, outcome: record.attempt?.outcome }, "result not recorded: it is sent again");
    return false;
  }
}
