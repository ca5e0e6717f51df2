import { START_MS } from "./claimer.js";
import type { WorkerOptions } from "./worker-options.js";

/** How often what is in the hands of one of several processes is made to last, and for how long. */
const RENEW_EVERY_MS = 5_000;
const RENEWED_MS = 30_000;

/** Makes the claims last that a process holds beside others; nothing to do where it is alone. Returns what ends it. */
export function keepClaims(options: WorkerOptions): () => void {
  const { store, held, log, clock } = options;
  const { renew } = store;
  if (!renew) return () => {};
  let cancel = clock.after(RENEW_EVERY_MS, again);
  function again(): void {
    cancel = clock.after(RENEW_EVERY_MS, again);
    const { tokens, lanes } = held.endingBy(clock.monotonic() + START_MS - RENEW_EVERY_MS);
    if (tokens.length === 0) return;
    renew?.({ tokens, lanes, lifeMs: RENEWED_MS }).catch((error: unknown) => {
      log.warn({ err: error }, "claims not renewed: they may expire before their results are recorded");
    });
  }
  return () => cancel();
}
