import { hash } from "node:crypto";
import type { Leader, LeadLife } from "../delivery/leader.js";
import { onceEvery } from "../delivery/once-every.js";
import type { Publisher } from "../delivery/publish.js";
import { InputError } from "../errors.js";
import type { Logger } from "../logger.js";
import { findHostile } from "../schemas/hostile.js";
import type { InboxRow, InboxStore } from "../store/inbox.js";
import type { Clock } from "../types.js";

const LOOK_EVERY_MS = 250;
const ROWS = 500;
const MAX_BYTES = 16 * 1024 * 1024;
/** How often the lead is taken or kept; with one look more, who waits for it has it within a second of its return. */
const LEAD_EVERY_MS = 750;
/** Short, as rows wait for its end when the leading process is killed; two renewals may fail. */
export const INBOX_LEAD: LeadLife = { leaseMs: 3_000, marginMs: 750 };

export interface InboxOptions {
  readonly store: InboxStore;
  readonly publisher: Pick<Publisher, "publishEach">;
  /** One process at a time takes the rows out. */
  readonly leader: Leader;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * What another program wrote into `waybell_inbox` within its own transaction becomes an event: it is taken out once it
 * is committed. A stop in between takes it twice under the same id, which makes one event.
 */
export interface Inbox {
  start(): void;
  /** Leaves the rest to another process; resolves once nothing of it asks the database any more. */
  stop(): Promise<void>;
}

/** An event without an id gets one of its row; of its text too, as the numbers of an emptied table begin anew. */
function withId({ id, event }: InboxRow, item: unknown): unknown {
  if (typeof item !== "object" || item === null || Array.isArray(item) || "id" in item) return item;
  return { ...item, id: `inbox:${id}:${hash("sha256", event).slice(0, 16)}` };
}

function parsed(row: InboxRow): { item: unknown } | { error: string } {
  let item: unknown;
  try {
    item = JSON.parse(row.event);
  } catch (error) {
    return { error: `The event is not JSON: ${(error as Error).message}` };
  }
  const hostile = findHostile(item);
  if (hostile) return { error: reasonOf(InputError.invalid([hostile])) };
  return { item: withId(row, item) };
}

function reasonOf(error: InputError): string {
  const fields = error.fields.map(({ path, message }) => `${path || "the event"} ${message}`);
  return [error.message, ...fields].join(" | ").slice(0, 2_000);
}

async function takeOnce({ store, publisher, clock, log }: InboxOptions): Promise<number> {
  const rows = await store.waiting(ROWS, MAX_BYTES);
  if (rows.length === 0) return 0;
  const refused: { id: number; error: string }[] = [];
  const items: { id: number; item: unknown }[] = [];
  for (const row of rows) {
    const found = parsed(row);
    if ("error" in found) refused.push({ id: row.id, error: found.error });
    else items.push({ id: row.id, item: found.item });
  }
  const results = await publisher.publishEach(items.map(({ item }) => item));
  const done: number[] = [];
  let failure: Error | undefined;
  for (const [at, { id }] of items.entries()) {
    const result = results[at];
    if (result instanceof InputError) refused.push({ id, error: reasonOf(result) });
    // The database cannot take it now, or Waybell itself failed: it stays, and is tried again.
    else if (result instanceof Error) failure = result;
    else done.push(id);
  }
  if (done.length > 0) await store.remove(done);
  if (refused.length > 0) {
    await store.refuse(refused, clock.now());
    log.warn({ rows: refused.map(({ id }) => id).slice(0, 20), refused: refused.length }, "inbox: events refused");
  }
  if (failure) throw failure;
  return rows.length;
}

export function createInbox(options: InboxOptions): Inbox {
  const { leader, clock, log } = options;
  const mayComplain = onceEvery(clock, 60_000);
  let stopped = false;
  let cancel = () => {};
  let ledAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> = Promise.resolve();

  async function leads(): Promise<boolean> {
    if (clock.monotonic() - ledAt < LEAD_EVERY_MS) return leader.isLeading;
    ledAt = clock.monotonic();
    return leader.renew();
  }

  async function look(): Promise<void> {
    try {
      while (!stopped && (await leads()) && (await takeOnce(options)) === ROWS);
    } catch (error) {
      if (mayComplain()) log.error({ err: error }, "inbox: events not taken, they are tried again");
    }
  }

  function again(): void {
    running = look().finally(() => {
      if (!stopped) cancel = clock.after(LOOK_EVERY_MS, again);
    });
  }

  return {
    start: again,
    async stop() {
      stopped = true;
      cancel();
      await running;
      await leader.giveUp();
    },
  };
}
