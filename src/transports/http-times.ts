import { subscribe } from "node:diagnostics_channel";

/** Milliseconds of the steps in which a connection was opened: `resolve`, `connect`, `tls`. */
export type Opening = Readonly<Record<string, number>>;

/** What is told when its request is written. */
export interface Writing {
  /** `opening`: the connection was opened for it; undefined: it was there already. */
  written(socket: object, opening: Opening | undefined): void;
  /** Its body, in one piece or none, has been handed over. */
  bodyWritten(): void;
}

const openings = new WeakMap<object, Opening>();

/** Keeps how long the opening of a connection took, or of one that failed, for the request that waited for it. */
export function keepOpening(of: object, opening: Opening): void {
  openings.set(of, opening);
}

/** How long the opening of a connection took, or of one that failed; told once. */
export function openingOf(it: object): Opening | undefined {
  const opening = openings.get(it);
  if (opening) openings.delete(it);
  return opening;
}

// A request and its body in one piece are written at once, so one place is enough: keys kept for each would cost more
// than all else here.
let next: Writing | undefined;
let writing: Writing | undefined;
let written: object | undefined;

/** From `onRequestStart`, after which undici writes that request, and no other, before it does anything else. */
export function nowWriting(it: Writing): void {
  next = it;
}

interface Message {
  readonly request: object;
  readonly socket: object;
}

// undici tells its handlers neither of the connection nor of the body's end; on these channels it does.
subscribe("undici:client:sendHeaders", (message) => {
  if (!next) return;
  const { request, socket } = message as Message;
  writing = next;
  written = request;
  next = undefined;
  writing.written(socket, openingOf(socket));
});
subscribe("undici:request:bodySent", (message) => {
  if (!writing || (message as Message).request !== written) return;
  writing.bodyWritten();
  writing = undefined;
  written = undefined;
});
