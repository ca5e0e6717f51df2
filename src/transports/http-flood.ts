import type { Socket } from "node:net";

/**
 * All that a receiver may send after something was written to it, with headers and what frames a body. What it sends in
 * chunk extensions, trailers or a status line is no part of an answer, so that nobody else would count it.
 */
const MAX_RECEIVED = 4 * 1024 * 1024;

/** A receiver sent without an end. */
export class FloodError extends Error {
  override readonly name = "FloodError";
}

/** Breaks a connection off whose other end does not stop sending, also while nobody uses it. */
export function breakFloods(socket: Socket): void {
  let written = socket.bytesWritten;
  let base = socket.bytesRead;
  socket.on("readable", () => {
    if (socket.bytesWritten !== written) {
      written = socket.bytesWritten;
      base = socket.bytesRead;
    }
    if (socket.bytesRead - base > MAX_RECEIVED) socket.destroy(new FloodError("the receiver sends without an end"));
  });
}
