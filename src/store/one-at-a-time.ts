/** Runs the work of one key one after the other, in the order of the calls, that of other keys beside it. */
export type Exclusive = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** What reads something and writes it back must not lose another's change that comes between. */
export function oneAtATime(): Exclusive {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const next = (last.get(key) ?? Promise.resolve()).then(work);
    const settled = next
      .catch(() => undefined)
      .then(() => {
        if (last.get(key) === settled) last.delete(key);
      });
    last.set(key, settled);
    return next;
  };
}
