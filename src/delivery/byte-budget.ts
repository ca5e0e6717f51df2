import type { Payload } from "../templates/template.js";

/** Payloads up to this size have a room of their own, of which each lane may use some however full it is. */
const SMALL = 64 * 1024;
/** What a streamed body holds at a time, whatever its length: the chunks under way in the database, the stream, the socket. */
const STREAMED = 1024 * 1024;
/** A streamed body that is held in one piece to be signed: the piece, and the copy that the signing thread works on. */
const WHOLE_TIMES = 2;
/** A lane has this part of the room at most: one whose receiver hangs leaves the others theirs. */
const LANE_SHARE = 1 / 4;

/** Bounds the bytes of payloads under way in the whole process. */
export interface ByteBudget {
  /**
   * Waits until there is room for the body; what it returns gives the room back, once. A lane that has no small payload
   * under way does not wait for one: others whose receivers hang can make it send one at a time, and never stop it.
   * `whole`: a streamed one will be held in one piece.
   */
  take(body: Payload["body"], laneId: string, whole?: boolean): (() => void) | Promise<() => void>;
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

  return (bytes: number, laneId: string): (() => void) | Promise<() => void> => {
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
  const share = totalBytes * LANE_SHARE;
  const heldBy = new Map<string, number>();
  let free = totalBytes;
  let waiting: Waiting[] = [];
  const small = createSmallRoom(totalBytes);

  const withinShare = ({ laneId, bytes }: Waiting) => (heldBy.get(laneId) ?? 0) + bytes <= share;

  function hold(laneId: string, bytes: number): void {
    free -= bytes;
    const held = (heldBy.get(laneId) ?? 0) + bytes;
    if (held > 0) heldBy.set(laneId, held);
    else heldBy.delete(laneId);
  }

  /** In their order; what only its own lane's share holds back lets others go before it. */
  function grant(): void {
    let full = false;
    waiting = waiting.filter((one) => {
      if (full || !withinShare(one)) return true;
      full = one.bytes > free;
      if (full) return true;
      hold(one.laneId, one.bytes);
      one.go();
      return false;
    });
  }

  async function takeLarge(body: Payload["body"], laneId: string, whole: boolean): Promise<() => void> {
    const streamed = whole ? Math.max(STREAMED, WHOLE_TIMES * body.length) : STREAMED;
    const bytes = Math.min(Buffer.isBuffer(body) ? body.length : streamed, share);
    await new Promise<void>((go) => {
      waiting.push({ laneId, bytes, go });
      grant();
    });
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      hold(laneId, -bytes);
      grant();
    };
  }

  return {
    take: (body, laneId, whole = false) =>
      Buffer.isBuffer(body) && body.length <= SMALL ? small(body.length, laneId) : takeLarge(body, laneId, whole),
  };
}
