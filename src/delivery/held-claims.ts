import type { Claimed } from "../store/claims.js";
import type { WallClock } from "./wall-clock.js";

type Weighed = Pick<Claimed, "token" | "bytes" | "laneId" | "until">;

interface Held {
  count: number;
  /** The wall clock that its times are by. */
  readonly reading: number;
  /** Monotonic ms, until when its sends may start. */
  readonly until: number;
  readonly lanes: Set<string>;
}

/** The claims in the hands of this process, by token: the sweep leaves them alone, however long they last. */
export class HeldClaims {
  readonly #held = new Map<string, Held>();
  readonly #wall: WallClock;
  /** How many of each lane. */
  readonly #lanes = new Map<string, number>();
  #bytes = 0;

  constructor(wall: WallClock) {
    this.#wall = wall;
  }

  get none(): boolean {
    return this.#held.size === 0;
  }

  /** Of the events of all claimed deliveries. */
  get bytes(): number {
    return this.#bytes;
  }

  tokens(): string[] {
    return [...this.#held.keys()];
  }

  /** The claims under which nothing may start after `monotonic`, and the lanes that they are of. */
  endingBy(monotonic: number): { tokens: string[]; lanes: string[] } {
    const ending = [...this.#held].filter(([, { until }]) => until <= monotonic);
    const lanes = new Set(ending.flatMap(([, held]) => [...held.lanes]));
    return { tokens: ending.map(([token]) => token), lanes: [...lanes] };
  }

  holds(laneId: string): boolean {
    return this.#lanes.has(laneId);
  }

  take({ token, bytes, laneId, until }: Weighed): void {
    this.#bytes += bytes;
    this.#lanes.set(laneId, (this.#lanes.get(laneId) ?? 0) + 1);
    const held = this.#held.get(token);
    if (!held) {
      this.#held.set(token, { count: 1, reading: this.#wall.reading, until, lanes: new Set([laneId]) });
      return;
    }
    held.count++;
    held.lanes.add(laneId);
  }

  letGo({ token, bytes, laneId }: Weighed): void {
    const held = this.#held.get(token);
    if (!held) return;
    this.#bytes -= bytes;
    const left = (this.#lanes.get(laneId) ?? 1) - 1;
    if (left > 0) this.#lanes.set(laneId, left);
    else this.#lanes.delete(laneId);
    held.count--;
    if (held.count <= 0) this.#held.delete(token);
  }

  /** Milliseconds by which the wall clock was set since the claim. */
  jumped(token: string): number {
    const held = this.#held.get(token);
    return held ? this.#wall.jumpSince(held.reading) : 0;
  }
}
