import type { Clock } from "../types.js";
import type { Queue, WakeUp } from "./queue.js";

function earliestOf(due: ReadonlyMap<string, number>): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (const at of due.values()) if (at < earliest) earliest = at;
  return earliest;
}

/** Wake-ups in memory: one timer for the earliest; a lane that is woken twice keeps the earlier time. */
export function createMemoryQueue(clock: Clock): Queue {
  const due = new Map<string, number>();
  let handler: ((laneId: string) => void) | undefined;
  /** `firesAt` is monotonic: when the wall clock jumps, the same time is another delay. */
  let timer: { firesAt: number; cancel: () => void } | undefined;
  let closed = false;

  function arm(earliest: number): void {
    if (earliest === Number.POSITIVE_INFINITY || closed || !handler) return;
    const delay = Math.max(0, earliest - clock.now());
    const firesAt = clock.monotonic() + delay;
    if (timer && timer.firesAt <= firesAt) return;
    timer?.cancel();
    timer = { firesAt, cancel: clock.after(delay, fire) };
  }

  function fire(): void {
    timer = undefined;
    const now = clock.now();
    for (const [laneId, at] of due) {
      if (at > now) continue;
      due.delete(laneId);
      handler?.(laneId);
    }
    arm(earliestOf(due));
  }

  return {
    wake(wakeUps: readonly WakeUp[]) {
      if (closed) return;
      let earliest = Number.POSITIVE_INFINITY;
      for (const { laneId, at } of wakeUps) {
        const known = due.get(laneId);
        if (known === undefined || at < known) due.set(laneId, at);
        if (at < earliest) earliest = at;
      }
      arm(earliest);
    },
    work(onDue) {
      handler = onDue;
      arm(earliestOf(due));
    },
    pass(_processId, laneId) {
      if (!closed) handler?.(laneId);
    },
    async rest() {
      handler = undefined;
      timer?.cancel();
    },
    waiting: () => due.size,
    state: () => ({ ok: true, detail: "is in memory" }),
    async close() {
      closed = true;
      timer?.cancel();
      due.clear();
    },
  };
}
