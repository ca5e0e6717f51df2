import type { Entry } from "./entry.js";
import type { Settings } from "./options.js";

/** How much is held, and who waits for room: calls of `publish` in line, and calls of `ready`. */
export class Room {
  readonly #settings: Settings;
  readonly #letIn: (entry: Entry) => void;
  /** In the order of the calls. */
  readonly #line = new Set<Entry>();
  #ready: (() => void)[] = [];
  #isWaking = false;
  #held = 0;
  #bytes = 0;

  /** `letIn` writes an entry's JSON and hands it to its sender; it may throw nothing. */
  constructor(settings: Settings, letIn: (entry: Entry) => void) {
    this.#settings = settings;
    this.#letIn = letIn;
  }

  get held(): number {
    return this.#held;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get inLine(): number {
    return this.#line.size;
  }

  get #isOpen(): boolean {
    const { maxWaiting, maxWaitingBytes } = this.#settings;
    return this.#held < maxWaiting && this.#bytes < maxWaitingBytes;
  }

  /** Nobody is in line, and one more may come in. */
  get isFree(): boolean {
    return this.#line.size === 0 && this.#isOpen;
  }

  /** Lets the entry in, or puts it in line. */
  enter(entry: Entry): void {
    if (this.isFree) this.#admit(entry);
    else this.#line.add(entry);
  }

  #admit(entry: Entry): void {
    this.#held++;
    this.#letIn(entry);
    this.#bytes += entry.bytes;
  }

  /** Takes an entry out of the line; false when it is not in it. */
  leaveLine(entry: Entry): boolean {
    return this.#line.delete(entry);
  }

  /** Those in line whose time is over: the line is as old as it is long. */
  *tooOld(now: number): Generator<Entry> {
    for (const entry of this.#line) {
      if (entry.deadline > now) return;
      yield entry;
    }
  }

  /** Gives back what an entry that was let in has held. */
  give(entry: Entry): void {
    this.#held--;
    this.#bytes -= entry.bytes;
    for (const next of this.#line) {
      if (!this.#isOpen) break;
      this.#line.delete(next);
      this.#admit(next);
    }
    if (this.#ready.length === 0 || this.#isWaking) return;
    this.#isWaking = true;
    // A whole set gives back its room at once: counted one by one, those woken would be more than fit.
    queueMicrotask(() => this.#wake());
  }

  /** Resolves when there is room: at once, or in turn as room comes. */
  ready(): Promise<void> {
    if (this.isFree) return Promise.resolve();
    return new Promise((resolve) => this.#ready.push(resolve));
  }

  #wake(): void {
    this.#isWaking = false;
    if (!this.isFree) return;
    // No more than there is room for: each is about to publish.
    const woken = this.#ready.splice(0, this.#settings.maxWaiting - this.#held);
    for (const resolve of woken) resolve();
  }

  /** Nothing is held any more, and nobody is kept waiting. */
  abandon(): void {
    this.#line.clear();
    for (const resolve of this.#ready.splice(0)) resolve();
  }
}
