import type { Socket } from "node:net";
import { FloodError } from "./floods.js";

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
/** … before a body, of which nobody counts the lines while they are parsed. */
const PIECE_OF_HEAD = 512;
/**
 * Lines one after the other that are none of a body: of the head, of interim ones before it, of trailers. undici keeps two
 * objects for each header until the last one is there, and counts their letters alone: 16,000 of one letter take 4 MB.
 */
const MAX_LINES = 128;
const LINE_FEED = 10;

/** A receiver sent headers, or trailers, without an end. */
export class ManyLinesError extends Error {
  override readonly name = "ManyLinesError";
}

/** How far the answer has come that is read from a connection. */
export class Reading {
  #lines = 0;
  #isHead = false;

  /** A request was written. */
  begin(): void {
    this.#lines = 0;
    this.#isHead = true;
  }

  /** Some of the body came. */
  body(): void {
    this.#lines = 0;
    this.#isHead = false;
  }

  get piece(): number {
    return this.#isHead ? PIECE_OF_HEAD : PIECE;
  }

  get isEndless(): boolean {
    return this.#lines > MAX_LINES;
  }

  /** Before it is parsed, so that a body in it may take back what it counts. */
  count(piece: Buffer): void {
    for (let at = 0; at < piece.length; at++) if (piece[at] === LINE_FEED) this.#lines++;
  }
}

const readings = new WeakMap<object, Reading>();

/** What is known of the answer that is read from a connection; undefined: it is not read in pieces. */
export const readingOf = (socket: object): Reading | undefined => readings.get(socket);

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

/**
 * Gives what comes in to its reader in pieces, and nothing more once the connection was destroyed, which it is when more
 * lines come than an answer has.
 */
export function readInPieces(socket: Socket): void {
  const read = socket.read.bind(socket);
  const reading = new Reading();
  readings.set(socket, reading);
  socket.read = (size?: number) => {
    if (reading.isEndless) socket.destroy(new ManyLinesError("the receiver sends headers without an end"));
    if (socket.destroyed) return null;
    const piece: unknown = read(size ?? (socket.readableLength > reading.piece ? reading.piece : undefined));
    if (Buffer.isBuffer(piece)) reading.count(piece);
    return piece;
  };
}
