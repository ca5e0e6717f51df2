import type { Payload } from "../templates/template.js";

/** Payloads up to this size are not counted: a budget that they had to wait for would let one lane slow another. */
const SMALL = 64 * 1024;
/** What a streamed body holds at a time, whatever its length: the chunks under way in the database, the stream, the socket. */
const STREAMED = 1024 * 1024;
/** A streamed body that is held in one piece to be signed: the piece, and the copy that the signing thread works on. */
const WHOLE_TIMES = 2;
/** A lane has this part of the room at most: one whose receiver hangs leaves the others theirs. */
const LANE_SHARE = 1 / 4;

/** Bounds the bytes of large payloads under way in the whole process. */
export interface ByteBudget {
  /**
   * Waits until the lane has room for the body, small ones not at all; what it returns gives the room back, once.
   * `whole`: a streamed one will be held in one piece.
   */
  take(body: Payload["body"], laneId: string, whole?: boolean): (() => void) | Promise<() => void>;
}

interface Waiting {
  readonly laneId: string;
  readonly bytes: number;
  readonly go: () => void;
}

export function createByteBudget(totalBytes: number): ByteBudget {
  const share = totalBytes * LANE_SHARE;
  const heldBy = new Map<string, number>();
  let free = totalBytes;
  let waiting: Waiting[] = [];
  const nothing = () => {};

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
      Buffer.isBuffer(body) && body.length <= SMALL ? nothing : takeLarge(body, laneId, whole),
  };
}
