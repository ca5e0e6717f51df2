import { subscribe } from "node:diagnostics_channel";

/** Milliseconds of the steps in which a connection was opened: `resolve`, `connect`, `tls`. */
export type Opening = Readonly<Record<string, number>>;

/** What is told when its request is written. */
export interface Writing {
  /** `opening`: the connection was opened for it; undefined: it was there already. */
  written(opening: Opening | undefined): void;
  /** Its body has been handed over whole. */
  bodyWritten(): void;
}

const openings = new WeakMap<object, Opening>();
const writings = new WeakMap<object, Writing>();
let next: Writing | undefined;

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

/** From `onRequestStart`, after which undici writes that request, and no other, before it does anything else. */
export function nowWriting(writing: Writing): void {
  next = writing;
}

// undici tells its handlers neither of the connection nor of the body's end; on these channels it does.
subscribe("undici:client:sendHeaders", (message) => {
  const writing = next;
  if (!writing) return;
  next = undefined;
  const { request, socket } = message as { readonly request: object; readonly socket: object };
  writings.set(request, writing);
  writing.written(openingOf(socket));
});
subscribe("undici:request:bodySent", (message) => {
  writings.get((message as { readonly request: object }).request)?.bodyWritten();
});
