/** What must end when a signal aborts. */
export interface Abortable {
  abort(): void;
}

const watched = new WeakMap<AbortSignal, Set<Abortable>>();

/**
 * Calls `abort` of each when the signal aborts; the set that it returns is what to delete oneself from when done. One
 * listener a signal, however many sends share it: EventTarget looks through all its listeners for each one added.
 */
export function watchAbort(signal: AbortSignal, it: Abortable): Set<Abortable> {
  let all = watched.get(signal);
  if (!all) {
    const made = new Set<Abortable>();
    signal.addEventListener("abort", () => abortAll(made), { once: true });
    watched.set(signal, made);
    all = made;
  }
  return all.add(it);
}

function abortAll(all: Set<Abortable>): void {
  for (const each of all) each.abort();
  all.clear();
}
