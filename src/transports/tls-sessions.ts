const MAX_SESSIONS = 500;
/** A session holds the ticket and the certificates of the server, which may make both as long as it likes. */
const MAX_BYTES = 16 * 1024;

/** TLS sessions by server, for the next handshake to be a short one; the oldest are forgotten for room. */
export class Sessions {
  readonly #kept = new Map<string, Buffer>();

  get(server: string): Buffer | undefined {
    return this.#kept.get(server);
  }

  keep(server: string, session: Buffer): void {
    this.#kept.delete(server);
    if (session.length > MAX_BYTES) return;
    if (this.#kept.size >= MAX_SESSIONS) this.#kept.delete(this.#kept.keys().next().value ?? "");
    this.#kept.set(server, session);
  }
}
