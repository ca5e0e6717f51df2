import type { AuditNote, Author, CatalogueRow, Clock } from "../types.js";
import { auditStatements } from "./audit.js";
import type { Database } from "./database.js";

/** What this installation changed in the catalogue. */
interface StatusOverrides {
  /** Codes that were added or changed. */
  readonly rows: CatalogueRow[];
  /** Codes that were taken away. */
  readonly removed: string[];
}

/** Who changes a code, and what stood in the catalogue before. */
interface By {
  readonly author: Author;
  readonly before: readonly CatalogueRow[];
}

export interface Statuses {
  list(): Promise<StatusOverrides>;
  put(row: CatalogueRow, by?: By): Promise<void>;
  /** Takes the code away, built in or not. */
  delete(code: string, by?: By): Promise<void>;
}

const PUT = `INSERT INTO statuses (code, status, descriptions, deleted, updated_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (code) DO UPDATE SET status = excluded.status, descriptions = excluded.descriptions,
  deleted = excluded.deleted, updated_at = excluded.updated_at`;

/** The rows over the built-in catalogue. */
export function createStatuses(database: Database, clock: Clock): Statuses {
  function noted(code: string, after: CatalogueRow | null, by: By | undefined) {
    const before = by && by.before.length > 0 ? by.before : null;
    const note: AuditNote = { customer: null, subject: code, before, after };
    return auditStatements(by?.author, note, clock.now());
  }

  return {
    async list() {
      const rows = await database.prisma.statusRow.findMany({ orderBy: { code: "asc" } });
      return {
        rows: rows
          .filter(({ deleted }) => deleted === 0)
          .map(({ code, status, descriptions }) => ({
            code,
            status: status as CatalogueRow["status"],
            descriptions: JSON.parse(descriptions),
          })),
        removed: rows.filter(({ deleted }) => deleted === 1).map(({ code }) => code),
      };
    },
    async put(row, by) {
      const { code, status, descriptions } = row;
      await database.batch([
        { sql: PUT, args: [code, status, JSON.stringify(descriptions), 0, clock.now()] },
        ...noted(code, row, by),
      ]);
    },
    async delete(code, by) {
      await database.batch([{ sql: PUT, args: [code, "", "{}", 1, clock.now()] }, ...noted(code, null, by)]);
    },
  };
}
