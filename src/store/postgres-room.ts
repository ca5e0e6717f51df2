import { randomBytes } from "node:crypto";
import type { Statement } from "./database.js";

/** More than the pages that are there have free, and of letters that do not get smaller. */
const PROBE_BYTES = 192 * 1024;

/**
 * Whether the disk has room for more. PostgreSQL changes a row within the pages that it has: on a full disk this goes on,
 * and says nothing of what needs a new page.
 */
export function createRoom(write: (statements: readonly Statement[]) => Promise<unknown>) {
  let isLacking = false;
  return {
    /** A write was refused for want of room. */
    miss(): void {
      isLacking = true;
    },
    /** Where room was missed last: throws, as a write does, until there is some. */
    async find(): Promise<void> {
      if (!isLacking) return;
      const probe = randomBytes(PROBE_BYTES).toString("base64");
      await write([
        {
          sql: "INSERT INTO meta (key, value) VALUES ('room', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
          args: [probe],
        },
        { sql: "DELETE FROM meta WHERE key = 'room'", args: [] },
      ]);
      isLacking = false;
    },
  };
}
