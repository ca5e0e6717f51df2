import type { TLSSocket } from "node:tls";

/** Handshakes with what belongs to them (secrets, tickets) on one connection; an honest server makes one, with a few tickets. */
const MAX_HANDSHAKE_EVENTS = 64;

/** A receiver sent without an end. */
export class FloodError extends Error {
  override readonly name = "FloodError";
}

/**
 * Breaks a TLS connection off whose other end shakes hands again and again (TLS 1.2, RFC 5246, 7.4.1.1) or does not stop
 * sending tickets (TLS 1.3): nothing of that is data, so that no other bound sees it, and 1,400 handshakes a second fit
 * on one connection. Node bounds them for servers alone.
 */
export function breakHandshakes(socket: TLSSocket): void {
  let events = 0;
  const count = () => {
    events++;
    if (events !== MAX_HANDSHAKE_EVENTS) return;
    // Not at once: OpenSSL is in the middle of the handshake that it tells of.
    setImmediate(() => socket.destroy(new FloodError("the receiver shakes hands without an end")));
  };
  socket.on("keylog", count).on("session", count);
}
