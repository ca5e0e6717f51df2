import type { Clock } from "../types.js";

/** Says true at most once in `ms`: what fails for thousands at the same time is told in one line. */
export function onceEvery(clock: Pick<Clock, "monotonic">, ms: number): () => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    if (clock.monotonic() - last < ms) return false;
    last = clock.monotonic();
    return true;
  };
}
