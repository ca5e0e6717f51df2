const MAX_ALL_BYTES = 16 * 1024 * 1024;
/** A session holds the ticket and the certificates of the server, which may make both as long as it likes. */
const MAX_BYTES = 8 * 1024;
/** Of a session's places in maps and its buffer's own. */
const BESIDE_BYTES = 512;

interface Kept {
  readonly session: Buffer;
  readonly bytes: number;
  readonly forget: () => void;
}

/** The TLS sessions of all agents together: the oldest are forgotten for room. */
export class SessionRoom {
  /** The newest at the end. */
  readonly #kept = new Set<Kept>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(kept: Kept): void {
    this.#kept.add(kept);
    this.#bytes += kept.bytes;
    for (const oldest of this.#kept) {
      if (this.#bytes <= MAX_ALL_BYTES) return;
      oldest.forget();
    }
  }

  delete(kept: Kept): void {
    if (this.#kept.delete(kept)) this.#bytes -= kept.bytes;
  }
}

/** TLS sessions of one agent by server, for the next handshake to be a short one. */
export class Sessions {
  readonly #room: SessionRoom;
  readonly #kept = new Map<string, Kept>();
  #closed = false;

  constructor(room: SessionRoom) {
    this.#room = room;
  }

  get(server: string): Buffer | undefined {
    return this.#kept.get(server)?.session;
  }

  keep(server: string, session: Buffer): void {
    this.#kept.get(server)?.forget();
    // Of an agent that is closed what is under way goes on, and may bring more.
    if (this.#closed || session.length > MAX_BYTES) return;
    const kept: Kept = {
      session,
      bytes: session.length + 2 * server.length + BESIDE_BYTES,
      forget: () => {
        this.#kept.delete(server);
        this.#room.delete(kept);
      },
    };
    this.#kept.set(server, kept);
    this.#room.add(kept);
  }

  /** Forgets all, for good. */
  close(): void {
    this.#closed = true;
    for (const kept of this.#kept.values()) kept.forget();
  }
}
