/** ± 10 %: deliveries that failed together do not come back together. */
const JITTER = 0.1;

/** Milliseconds to wait before the attempt at `step` of the schedule, jittered; null when the schedule has ended. */
export function retryDelay(
  scheduleMs: readonly number[],
  step: number,
  random: () => number = Math.random,
): number | null {
  const delay = scheduleMs[step];
  if (delay === undefined) return null;
  return Math.round(delay * (1 - JITTER + 2 * JITTER * random()));
}
