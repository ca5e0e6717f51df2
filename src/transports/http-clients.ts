import { type buildConnector, Client, type Dispatcher } from "undici";

/** What a request is sent for. */
interface Asking extends Dispatcher.DispatchHandler {
  /** Nobody waits for its answer any more. */
  readonly hasEnded: boolean;
}

/** One connection, or what is about to open it; it serves one request at a time. */
interface Kept {
  readonly client: Client;
  readonly origin: string;
  readonly owner: HttpClients;
  isOpen: boolean;
  /** undefined: it serves none. */
  asking: Asking | undefined;
  /** A connection was opened for that request, or tried to be. */
  wasOpened: boolean;
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
  readonly #connect: buildConnector.connector;
  readonly #idle: IdleConnections;
  readonly #all = new Set<Kept>();
  /** Of each origin, the one that was used last at the end. */
  readonly #free = new Map<string, Kept[]>();

  constructor(options: Client.Options, connect: buildConnector.connector, idle: IdleConnections) {
    this.#options = options;
    this.#connect = connect;
    this.#idle = idle;
  }

  /** Sends it on the connection of its origin that was idle for the shortest time, or on a new one. */
  dispatch(origin: string, request: Dispatcher.DispatchOptions, asking: Asking): void {
    const kept = this.#take(origin) ?? this.#add(origin, asking);
    const { client } = kept;
    kept.asking = asking;
    kept.wasOpened = false;
    // One that was refused before it began is followed by no `drain`; any other is, also when it failed at once.
    if (!client.dispatch(request, asking) && client.stats.size === 0) this.#finished(kept);
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

  #add(origin: string, asking: Asking): Kept {
    const connect: buildConnector.connector = (to, callback) => this.#open(kept, to, callback);
    const client = new Client(origin, { ...this.#options, connect });
    const kept: Kept = { client, origin, owner: this, isOpen: false, asking, wasOpened: false };
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

  /**
   * One connection for each request: undici connects anew, without an end, for one that did not begin because the receiver
   * spoke first, and for one that was broken off, which nobody waits for any more.
   */
  #open(kept: Kept, ...[to, callback]: Parameters<buildConnector.connector>): void {
    if (!kept.wasOpened && kept.asking?.hasEnded === false) {
      kept.wasOpened = true;
      this.#connect(to, callback);
      return;
    }
    const error = Object.assign(new Error("the connection ended before the request began"), { code: "ECONNRESET" });
    // undici tells that it has nothing left to do only where the answer does not come at once.
    process.nextTick(callback, error, null);
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
    // An idle connection must not hold what was sent on it.
    kept.asking = undefined;
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
