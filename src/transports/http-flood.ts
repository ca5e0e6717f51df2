import type { Socket } from "node:net";

/**
 * All that a receiver may send after something was written to it, with headers and what frames a body. What it sends in
 * chunk extensions, trailers or a status line is no part of an answer, so that nobody else would count it.
 */
const MAX_RECEIVED = 4 * 1024 * 1024;

/**
 * What undici's parser is given at once. When the headers grow too long it makes an error, with its stack, for each header
 * that is left in what it was given: in 64 KiB of short ones that holds the whole process up for 65 ms, in 2 KiB for 7.
 */
const PIECE = 2048;

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

/** Gives what comes in to its reader in pieces, and nothing more once the connection was destroyed. */
export function readInPieces(socket: Socket): void {
  const read = socket.read.bind(socket);
  socket.read = (size?: number) => {
    if (socket.destroyed) return null;
    return read(size ?? (socket.readableLength > PIECE ? PIECE : undefined));
  };
}
