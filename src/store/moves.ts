import { MoveError } from "../errors.js";
import type { Database, Statement } from "./database.js";

/** What a SQLite file and the PostgreSQL that it is moved to say of the move; both have the same, under one id. */
export interface MoveNote {
  readonly id: string;
  readonly from: string;
  /** Without the password. */
  readonly to: string;
  readonly state: "begun" | "done";
  /** When it came to that, epoch ms. */
  readonly at: number;
}

/** Its row of `meta`; rows that begin with it and `/` say how far each table is. */
export const NOTE = "move";

export async function readNote(database: Database): Promise<MoveNote | null> {
  const row = await database.prisma.meta.findUnique({ where: { key: NOTE } });
  return row ? (JSON.parse(row.value) as MoveNote) : null;
}

export const keep = (key: string, value: string): Statement => ({
  sql: "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  args: [key, value],
});

export const keepNote = (note: MoveNote): Statement => keep(NOTE, JSON.stringify(note));

const dayOf = ({ at }: MoveNote): string => new Date(at).toISOString().slice(0, 10);

/** How a file that was moved is served all the same. */
export const wayBack = (from: string): string => `waybell migrate --from file:${from} --undo`;

/** One sentence about where a file went, and one about the way back. */
export function whereItWent(note: MoveNote): string {
  const went = note.state === "done" ? `was moved to ${note.to} on ${dayOf(note)}` : `is being moved to ${note.to}`;
  return `${note.from} ${went}. To take that back: ${wayBack(note.from)}`;
}

/**
 * Throws MoveError where the database must not be served: a file whose deliveries are in a PostgreSQL, which would be
 * sent twice, and a PostgreSQL that has only a part of them.
 */
export async function refuseMoved(database: Database): Promise<void> {
  const note = await readNote(database);
  if (!note || (database.kind === "postgresql" && note.state === "done")) return;
  if (database.kind === "sqlite") {
    const rest = note.state === "done" ? "serve that one (DATABASE_URL)" : "move the rest with the same command";
    throw new MoveError(`It cannot be served, as what waits would be sent twice: ${rest}. ${whereItWent(note)}`);
  }
  throw new MoveError(
    `${note.to} has only a part of ${note.from}: run waybell migrate --from file:${note.from} --to … again, which goes on where it was.`,
  );
}

/** Takes the note off a file, so that it can be served again; returns what it said. */
export async function undoMove(database: Database): Promise<MoveNote | null> {
  const note = await readNote(database);
  await database.batch([{ sql: "DELETE FROM meta WHERE key = ?", args: [NOTE] }]);
  return note;
}
