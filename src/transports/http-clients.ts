import { Client, type Dispatcher } from "undici";

/** One connection, or what is about to open it; it serves one request at a time. */
interface Kept {
  readonly client: Client;
  readonly origin: string;
  readonly owner: HttpClients;
  isOpen: boolean;
}

/** What is open and serves nobody, of all receivers together: beyond `max` the longest idle is closed. */
export class IdleConnections {
  /** In the order in which they became idle. */
  readonly #idle = new Set<Kept>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  add(kept: Kept): void {
    this.#idle.add(kept);
    if (this.#idle.size <= this.#max) return;
    const [oldest] = this.#idle;
    if (oldest) oldest.owner.close(oldest);
  }

  delete(kept: Kept): void {
    this.#idle.delete(kept);
  }
}

/**
 * The connections to many origins, any number to each. It stands in for undici's Agent and Pool: those hold a queue of
 * 16 KiB for each origin, which nothing ever waits in where connections are not limited, and know no bound over origins.
 */
export class HttpClients {
  readonly #options: Client.Options;
  readonly #idle: IdleConnections;
  readonly #all = new Set<Kept>();
  /** Of each origin, the one that was used last at the end. */
  readonly #free = new Map<string, Kept[]>();

  constructor(options: Client.Options, idle: IdleConnections) {
    this.#options = options;
    this.#idle = idle;
  }

  /** Sends it on the connection of its origin that was idle for the shortest time, or on a new one. */
  dispatch(origin: string, request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    const kept = this.#take(origin) ?? this.#add(origin);
    const { client } = kept;
    // One that was refused before it began is followed by no `drain`; any other is, also when it failed at once.
    if (!client.dispatch(request, handler) && client.stats.size === 0) this.#finished(kept);
  }

  /** Closes one at once. */
  close(kept: Kept): void {
    this.#leave(kept);
    this.#all.delete(kept);
    kept.client.destroy().catch(() => undefined);
  }

  /** Closes all, each after the request that it serves. */
  async closeAll(): Promise<void> {
    for (const kept of this.#all) this.#leave(kept);
    await Promise.all([...this.#all].map(({ client }) => client.close()));
  }

  /** Ends all at once, with the requests under way. */
  destroyAll(): void {
    for (const kept of this.#all) this.close(kept);
  }

  #add(origin: string): Kept {
    const kept: Kept = { client: new Client(origin, this.#options), origin, owner: this, isOpen: false };
    this.#all.add(kept);
    kept.client
      .on("connect", () => {
        kept.isOpen = true;
      })
      .on("disconnect", () => {
        kept.isOpen = false;
        // Otherwise it is busy: with a request that failed, which `drain` follows, or that connects anew.
        if (this.#leave(kept)) this.#all.delete(kept);
      })
      .on("drain", () => this.#finished(kept));
    return kept;
  }

  #take(origin: string): Kept | undefined {
    const free = this.#free.get(origin);
    const kept = free?.pop();
    if (!kept) return undefined;
    if (free?.length === 0) this.#free.delete(origin);
    this.#idle.delete(kept);
    return kept;
  }

  #finished(kept: Kept): void {
    if (!this.#all.has(kept)) return;
    if (!kept.isOpen || kept.client.closed) {
      this.#all.delete(kept);
      return;
    }
    const free = this.#free.get(kept.origin);
    if (free) free.push(kept);
    else this.#free.set(kept.origin, [kept]);
    this.#idle.add(kept);
  }

  /** Takes it from among the idle ones; false: it was none. */
  #leave(kept: Kept): boolean {
    const free = this.#free.get(kept.origin);
    const at = free?.lastIndexOf(kept) ?? -1;
    if (!free || at < 0) return false;
    free.splice(at, 1);
    if (free.length === 0) this.#free.delete(kept.origin);
    this.#idle.delete(kept);
    return true;
  }
}
