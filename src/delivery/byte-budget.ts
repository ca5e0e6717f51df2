import type { Payload } from "../templates/template.js";

/** Payloads up to this size are not counted: a budget that they had to wait for would let one lane slow another. */
const SMALL = 64 * 1024;
/** What a streamed body holds at a time, whatever its length: the chunks under way in the database, the stream, the socket. */
const STREAMED = 1024 * 1024;

/** Bounds the bytes of large payloads under way in the whole process. */
export interface ByteBudget {
  /** Waits until the body has room; what it returns gives the room back, once. */
  take(body: Payload["body"]): Promise<() => void>;
}

export function createByteBudget(totalBytes: number): ByteBudget {
  let free = totalBytes;
  const waiting: { bytes: number; go: () => void }[] = [];
  const nothing = () => {};

  function give(bytes: number): void {
    free += bytes;
    for (let next = waiting[0]; next && next.bytes <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.bytes;
      next.go();
    }
  }

  return {
    async take(body) {
      if (Buffer.isBuffer(body) && body.length <= SMALL) return nothing;
      const bytes = Math.min(Buffer.isBuffer(body) ? body.length : STREAMED, totalBytes);
      if (bytes <= free && waiting.length === 0) free -= bytes;
      else await new Promise<void>((go) => waiting.push({ bytes, go }));
      let taken = true;
      return () => {
        if (taken) give(bytes);
        taken = false;
      };
    },
  };
}
