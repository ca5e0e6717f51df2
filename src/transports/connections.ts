import type { Clock } from "../types.js";

/** A kept connection in the hands of one send. Exactly one of `release` and `discard` must be called. */
export interface Lease<T> {
  readonly connection: T;
  /** false: it served an earlier send, so a failure may only mean that it had gone stale. */
  readonly fresh: boolean;
  /** Gives it back for the next send. */
  release(): void;
  /** Closes it: after an error that leaves it in an unknown state. */
  discard(): void;
}

/** How a kind of connection is opened and closed. */
export interface Opener<T> {
  open(): Promise<T>;
  close(connection: T): void;
}

interface Idle {
  readonly connection: unknown;
  readonly close: () => void;
  readonly cancelTimer: () => void;
}

interface Shared {
  readonly value: unknown;
  readonly close: () => Promise<void>;
  readonly destroy: () => void;
}

/** What `close` leaves requests that are still under way on shared objects. */
const CLOSE_MS = 1_000;

export interface ConnectionsOptions {
  readonly clock: Clock;
  /** A connection not used for so long is closed. */
  readonly idleMs?: number;
  /** Idle connections kept at most, the longest idle closed first. */
  readonly maxIdle?: number;
  /** Shared objects (HTTP agents) kept at most, the longest unused closed first. */
  readonly maxShared?: number;
}

/** Keeps connections between sends. Leased ones (FTP, SFTP) serve one send at a time; shared ones (HTTP agents) many. */
export class Connections {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #maxIdle: number;
  readonly #maxShared: number;
  readonly #idle = new Map<string, Idle[]>();
  readonly #shared = new Map<string, Shared>();
  /** Of the shared ones, the one that was asked for last. */
  #newest: { readonly key: string; readonly entry: Shared } | undefined;
  #idleCount = 0;
  #closed = false;

  constructor({ clock, idleMs = 45_000, maxIdle = 1000, maxShared = 2000 }: ConnectionsOptions) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#maxIdle = maxIdle;
    this.#maxShared = maxShared;
  }

  /** A connection kept under `key` (the endpoint with its version, so that a changed setting opens anew), or a new one. */
  async lease<T>(key: string, opener: Opener<T>): Promise<Lease<T>> {
    const kept = this.#takeIdle(key);
    if (kept) return this.#lease(key, kept.connection as T, opener, false);
    return this.#lease(key, await opener.open(), opener, true);
  }

  /**
   * The one shared object of `key`, made if there is none. `close` runs when it is dropped for room, or at the end, and
   * may wait for what is under way; `destroy` ends that.
   */
  shared<T>(key: string, make: () => { value: T; close: () => Promise<void>; destroy: () => void }): T {
    // Almost all sends follow one to the same: it is the newest already.
    if (key === this.#newest?.key) return this.#newest.entry.value as T;
    let entry = this.#shared.get(key);
    if (entry) this.#shared.delete(key);
    else entry = make();
    this.#shared.set(key, entry);
    this.#newest = { key, entry };
    if (this.#shared.size > this.#maxShared) this.#dropOldestShared();
    return entry.value as T;
  }

  /** Closes everything that is idle or shared, within about a second; leased connections close when they are given back. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const [key, list] of this.#idle) {
      for (const idle of list) this.#drop(idle);
      this.#idle.delete(key);
    }
    const shared = [...this.#shared.values()];
    this.#shared.clear();
    this.#newest = undefined;
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#clock.after(CLOSE_MS, resolve);
    });
    await Promise.race([Promise.allSettled(shared.map((entry) => entry.close())), late]);
    cancel();
    for (const entry of shared) entry.destroy();
  }

  #lease<T>(key: string, connection: T, opener: Opener<T>, fresh: boolean): Lease<T> {
    let open = true;
    const once = (finish: () => void) => () => {
      if (open) finish();
      open = false;
    };
    return {
      connection,
      fresh,
      release: once(() => (this.#closed ? opener.close(connection) : this.#keep(key, connection, opener))),
      discard: once(() => opener.close(connection)),
    };
  }

  #keep<T>(key: string, connection: T, opener: Opener<T>): void {
    const idle: Idle = {
      connection,
      close: () => opener.close(connection),
      cancelTimer: this.#clock.after(this.#idleMs, () => {
        this.#remove(key, idle);
        idle.close();
      }),
    };
    this.#idle.set(key, [...(this.#idle.get(key) ?? []), idle]);
    this.#idleCount++;
    if (this.#idleCount > this.#maxIdle) this.#dropOldestIdle();
  }

  #takeIdle(key: string): Idle | undefined {
    const idle = this.#idle.get(key)?.at(-1);
    if (!idle) return undefined;
    this.#remove(key, idle);
    idle.cancelTimer();
    return idle;
  }

  #remove(key: string, idle: Idle): void {
    const rest = (this.#idle.get(key) ?? []).filter((other) => other !== idle);
    if (rest.length > 0) this.#idle.set(key, rest);
    else this.#idle.delete(key);
    this.#idleCount--;
  }

  #drop(idle: Idle): void {
    idle.cancelTimer();
    idle.close();
    this.#idleCount--;
  }

  #dropOldestIdle(): void {
    const [oldest] = this.#idle;
    const idle = oldest?.[1][0];
    if (!oldest || !idle) return;
    this.#remove(oldest[0], idle);
    idle.cancelTimer();
    idle.close();
  }

  #dropOldestShared(): void {
    const [oldest] = this.#shared;
    if (!oldest) return;
    this.#shared.delete(oldest[0]);
    // Requests under way on it may finish; a failure to close concerns nobody any more.
    void oldest[1].close().catch(() => undefined);
  }
}
