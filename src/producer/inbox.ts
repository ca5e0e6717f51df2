import type { EventInput } from "../schemas/event.js";

/** SQL with its values, as `pg`, Prisma's `$executeRawUnsafe` and others take them. */
export interface InboxInsert {
  readonly text: string;
  readonly values: readonly [string[]];
}

/**
 * The statement that hands events over within your own transaction, where you share Waybell's PostgreSQL: they are
 * published if it commits, and never existed if it does not. `schema`: where Waybell's tables are.
 */
export function inboxInsert(events: readonly EventInput[], { schema = "public" } = {}): InboxInsert {
  const table = `"${schema.replaceAll('"', '""')}".waybell_inbox`;
  return {
    text: `INSERT INTO ${table} (event) SELECT unnest($1::text[])`,
    values: [events.map((event) => JSON.stringify(event))],
  };
}
