import type { StatusEvent } from "../types.js";

/**
 * An order's statuses as partners list them: newest first, by status time and then by arrival. The event itself is
 * always among them, also in a preview, whose event no history knows.
 */
export function newestFirst(event: StatusEvent, history: readonly StatusEvent[]): readonly StatusEvent[] {
  const known = history.some(({ id }) => id === event.id);
  const all = known ? [...history] : [...history, event];
  // Equal times keep their order of arrival (sorting is stable), which is then turned round with the rest.
  return all.sort((one, other) => one.statusTime - other.statusTime).reverse();
}
