import type { EventRow } from "../store/event-rows.js";
import type { KnownEvent } from "../store/publishing.js";

/** A request whose events are on their way into the database. */
export interface Committing {
  /** Once it was planned: settles when its events are committed, or refused. */
  committed?: Promise<void>;
}

/** An event with an id that was planned and may not be in the database yet. */
export interface Fresh extends KnownEvent {
  readonly row: EventRow;
  readonly request: Committing;
}

/**
 * The events that are planned or being committed, by `externalKey`: the second of two with one id is the duplicate.
 * They stay until the look-up after their commit begins: one that began before does not see them in the database.
 */
export class UnderWay {
  readonly #events = new Map<string, Fresh>();
  readonly #settled: string[] = [];

  get(key: string): Fresh | undefined {
    return this.#events.get(key);
  }

  add(events: ReadonlyMap<string, Fresh>, committed: Promise<void>): void {
    for (const [key, event] of events) this.#events.set(key, event);
    const settled = () => void this.#settled.push(...events.keys());
    committed.then(settled, settled);
  }

  /** Before each look-up. */
  forgetSettled(): void {
    for (const key of this.#settled.splice(0)) this.#events.delete(key);
  }
}
