import type { TLSSocket } from "node:tls";
import { TransportError } from "../errors.js";
import type { Clock } from "../types.js";

/** What a server that gives no session ticket is waited for; the others have judged the client once they give one. */
const VERDICT_MS = 300;

/**
 * Calls `then` once the server has judged who connects, but not when it breaks the connection off instead. In TLS 1.3 it
 * judges after the handshake is over for the client (RFC 8446, 4.4.2.4): who sends at once may see nothing but a broken
 * connection, and cannot tell whether what was sent has arrived.
 */
export function whenJudged(socket: TLSSocket, clock: Clock, then: () => void): void {
  if (socket.getProtocol() !== "TLSv1.3") {
    then();
    return;
  }
  const finish = () => {
    cancel();
    socket.off("session", finish).off("close", cancel);
    // Not from within the event: OpenSSL is still reading then, and what is written meanwhile would stay where it is.
    setImmediate(then);
  };
  const cancel = clock.after(VERDICT_MS, finish);
  socket.once("session", finish).once("close", cancel);
}

/** What an error means that broke the connection before the server had judged. */
export function brokenBeforeVerdict(error: Error): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "ECONNRESET" && code !== "EPIPE") return error;
  const message =
    "The server broke the connection off right after the handshake: it asks for a client certificate, or for another one.";
  return new TransportError({ fault: "connection", code: "client_certificate", message, cause: error });
}
