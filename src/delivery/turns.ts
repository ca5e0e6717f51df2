import type { Clock } from "../types.js";
import type { Lane } from "./lane.js";

/** A lane that is worked for so long while others wait for a place makes room. */
const SLICE_MS = 2_000;
/** A lane that has begun no send for so long waits for its receiver alone, and needs no place for that. */
export const STUCK_MS = 1_000;

interface Turn {
  readonly lane: Lane;
  /** Monotonic ms. */
  readonly begunAt: number;
}

/** The places of a process: how many lanes it works at the same time, so that each comes to its turn. */
export class Turns {
  readonly #places: number;
  readonly #clock: Clock;
  readonly #turns = new Map<string, Turn>();
  readonly #waiting = new Set<string>();

  constructor(places: number, clock: Clock) {
    this.#places = places;
    this.#clock = clock;
  }

  /** Gives the lane a place; false: there is none, and `end` names the lane when there is. */
  begin(lane: Lane): boolean {
    if (this.#turns.has(lane.id)) return true;
    if (this.#turns.size >= this.#places && !this.#makeRoom()) {
      this.#waiting.add(lane.id);
      return false;
    }
    const now = this.#clock.monotonic();
    this.#waiting.delete(lane.id);
    this.#turns.set(lane.id, { lane, begunAt: now });
    lane.startedAt = now;
    return true;
  }

  /** The lanes that wait the longest, as many as there are places. */
  get next(): string[] {
    return [...this.#waiting].slice(0, this.#places);
  }

  /** Others wait, and the lane has had its turn. */
  isOver({ id }: Lane): boolean {
    if (this.#waiting.size === 0) return false;
    const turn = this.#turns.get(id);
    return turn !== undefined && this.#clock.monotonic() - turn.begunAt >= SLICE_MS;
  }

  /** The lane gives its place up; returns the lanes that may have it now. */
  end({ id }: Lane): string[] {
    this.#turns.delete(id);
    const free = Math.max(0, this.#places - this.#turns.size);
    const next = [...this.#waiting].slice(0, free);
    for (const waiting of next) this.#waiting.delete(waiting);
    return next;
  }

  #makeRoom(): boolean {
    const stuckSince = this.#clock.monotonic() - STUCK_MS;
    for (const [id, { lane }] of this.#turns) {
      if (lane.sending === 0 || lane.startedAt > stuckSince) continue;
      this.#turns.delete(id);
      return true;
    }
    return false;
  }
}
