import type { Payload } from "../templates/template.js";
import { type GiveBack, type Holder, LargeRoom } from "./large-room.js";

/** Payloads up to this size have a room of their own, of which each lane may use some however full it is. */
const SMALL = 64 * 1024;
/** What a streamed body holds at a time, whatever its length: the chunks under way in the database, the stream, the socket. */
const STREAMED = 1024 * 1024;
/** A streamed body that is held in one piece to be signed: the piece, and the copy that the signing thread works on. */
const WHOLE_TIMES = 2;

/** Bounds the bytes of payloads under way in the whole process. */
export interface ByteBudget {
  /**
   * Waits until there is room for the body; what it returns gives the room back, once. A lane that has no small payload
   * under way does not wait for one: others whose receivers hang can make it send one at a time, and never stop it.
   * `whole`: a streamed one will be held in one piece.
   */
  take(body: Payload["body"], holder: Holder, whole?: boolean): GiveBack | Promise<GiveBack>;
}

interface Waiting {
  readonly laneId: string;
  readonly bytes: number;
  readonly go: () => void;
}

/** The room of small payloads. */
function createSmallRoom(totalBytes: number) {
  const sendsOf = new Map<string, number>();
  let free = totalBytes;
  let waiting: Waiting[] = [];

  function hold({ laneId, bytes }: Waiting): void {
    free -= bytes;
    sendsOf.set(laneId, (sendsOf.get(laneId) ?? 0) + 1);
  }

  function grant(one: Waiting): void {
    hold(one);
    one.go();
  }

  function giveBack(laneId: string, bytes: number): void {
    free += bytes;
    const left = (sendsOf.get(laneId) ?? 1) - 1;
    if (left > 0) sendsOf.set(laneId, left);
    else sendsOf.delete(laneId);
    if (waiting.length === 0) return;
    // What ended was the lane's only one: the next of it goes whatever room there is.
    const next = left > 0 ? -1 : waiting.findIndex((one) => one.laneId === laneId);
    for (const one of waiting.splice(next, next < 0 ? 0 : 1)) grant(one);
    let fits = 0;
    for (let room = free; fits < waiting.length; fits++) {
      room -= waiting[fits]?.bytes ?? 0;
      if (room < 0) break;
    }
    const granted = waiting.slice(0, fits);
    waiting = waiting.slice(fits);
    for (const one of granted) grant(one);
  }

  return (bytes: number, laneId: string): GiveBack | Promise<GiveBack> => {
    let taken = true;
    const release = () => {
      if (taken) giveBack(laneId, bytes);
      taken = false;
    };
    const mayGo = (waiting.length === 0 && bytes <= free) || !sendsOf.has(laneId);
    if (!mayGo) return new Promise((resolve) => waiting.push({ laneId, bytes, go: () => resolve(release) }));
    hold({ laneId, bytes, go: release });
    return release;
  };
}

export function createByteBudget(totalBytes: number): ByteBudget {
  const small = createSmallRoom(totalBytes);
  const large = new LargeRoom(totalBytes);

  function heldOf(body: Payload["body"], whole: boolean): number {
    if (Buffer.isBuffer(body)) return body.length;
    return whole ? Math.max(STREAMED, WHOLE_TIMES * body.length) : STREAMED;
  }

  return {
    take: (body, holder, whole = false) =>
      Buffer.isBuffer(body) && body.length <= SMALL
        ? small(body.length, holder.laneId)
        : large.take(heldOf(body, whole), holder),
  };
}
