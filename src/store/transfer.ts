import { MoveError, UniqueError } from "../errors.js";
import { newId } from "../ids.js";
import type { Clock } from "../types.js";
import type { Database, SqlValue } from "./database.js";
import { keep, keepNote, type MoveNote, NOTE, readNote, whereItWent } from "./moves.js";
import { MOVED, openTable, type Table } from "./transfer-tables.js";

export interface TransferOptions {
  /** A SQLite file, which this process alone has. */
  readonly source: Database;
  /** A PostgreSQL. */
  readonly target: Database;
  readonly from: string;
  /** Where the target is, without a password. */
  readonly to: string;
  readonly clock: Clock;
  /** Called after each set: rows that are there, how much of the whole that is (0 to 1), and what is being copied. */
  readonly onProgress: (rows: number, fraction: number, table: string) => void;
  /** Ends it after the set that is on its way. */
  readonly signal: AbortSignal;
}

/** Rows of one table on both sides. */
export interface Counted {
  readonly table: string;
  readonly source: number;
  readonly target: number;
}

export interface Transferred {
  /** It had been done before: nothing was copied or counted. */
  readonly already: boolean;
  /** It went on with what an earlier one had begun. */
  readonly resumed: boolean;
  readonly tables: readonly Counted[];
  /** Both sides have the same number of rows; the PostgreSQL can be served. */
  readonly equal: boolean;
}

/** How far a table is: rows that were handed over, and the key of the last. */
interface Place {
  readonly rows: number;
  readonly after: SqlValue[] | null;
  readonly done: boolean;
}

const placeOf = (name: string): string => `${NOTE}/${name}`;

/** As base64: a key may hold what PostgreSQL keeps in no text. */
const sealed = (place: Place): string => Buffer.from(JSON.stringify(place)).toString("base64");
const opened = (text: string): Place => JSON.parse(Buffer.from(text, "base64").toString());

async function knownPlaces(target: Database): Promise<Map<string, Place>> {
  const rows = await target.prisma.meta.findMany({ where: { key: { startsWith: `${NOTE}/` } } });
  return new Map(rows.map(({ key, value }) => [key.slice(NOTE.length + 1), opened(value)]));
}

/** Throws MoveError unless the target has nothing that the move could mix with, and nobody works on it. */
async function checkEmpty(target: Database, to: string): Promise<void> {
  for (const table of MOVED.filter((name) => name !== "meta")) {
    if ((await target.json(`SELECT json_quote((SELECT 1 FROM "${table}" LIMIT 1))`)) === null) continue;
    throw new MoveError(
      `${to} holds other data (${table}). Name an empty database or schema (?schema=…), or empty this one first.`,
    );
  }
  if (await target.json<number>(`SELECT count(*) FROM leases WHERE until > ${target.nowSql ?? "0"}`)) {
    throw new MoveError(`A service works on ${to}: stop all its processes, then try again in a minute.`);
  }
}

/** Notes the move on both sides: the file first, so that nothing is sent from it that the target has too. */
async function begin({ source, target, from, to, clock }: TransferOptions): Promise<MoveNote> {
  await checkEmpty(target, to);
  const note: MoveNote = { id: newId("mov"), from, to, state: "begun", at: clock.now() };
  await source.batch([keepNote(note)]);
  try {
    await target.batch([
      // What an empty database says of keys is of nothing, and the file's own is to stand there.
      { sql: "DELETE FROM meta WHERE key LIKE 'secrets/%'", args: [] },
      { sql: "INSERT INTO meta (key, value) VALUES (?, ?)", args: [NOTE, JSON.stringify(note)] },
    ]);
  } catch (error) {
    if (error instanceof UniqueError) throw new MoveError(`Another file is being moved to ${to}.`);
    throw error;
  }
  return note;
}

/** The move that is to go on, or a new one; throws MoveError when what is there is of another. */
async function agreed(options: TransferOptions): Promise<{ note: MoveNote; resumed: boolean }> {
  const { source, target, to } = options;
  const [ours, theirs] = await Promise.all([readNote(source), readNote(target)]);
  if (theirs && theirs.id === ours?.id) return { note: theirs, resumed: true };
  if (ours?.state === "done") throw new MoveError(whereItWent(ours));
  if (!theirs) return { note: await begin(options), resumed: false };
  const what = theirs.state === "done" ? "what was moved" : "a part of what was to be moved";
  throw new MoveError(
    `${to} holds ${what} there from ${theirs.from}, by another move. Name an empty database or schema (?schema=…), or empty this one first.`,
  );
}

/** Copies one table from its place on; the next set is read while one is written. */
async function copy(table: Table, from: Place, target: Database, signal: AbortSignal, tell: (rows: number) => void) {
  let place = from;
  let reading = place.done ? Promise.resolve([]) : table.read(place.after);
  while (!place.done) {
    const rows = await reading;
    const last = rows.at(-1);
    if (signal.aborted) throw new MoveError("It was interrupted: the same command goes on where it was.");
    place = last
      ? { rows: place.rows + rows.length, after: table.keyOf(last), done: false }
      : { ...place, after: null, done: true };
    if (last) reading = table.read(place.after);
    // Should the write fail, nobody waits for it any more.
    reading.catch(() => undefined);
    await target.batch([...(last ? [table.write(rows)] : []), keep(placeOf(table.name), sealed(place))]);
    tell(rows.length);
  }
}

async function compare(tables: readonly Table[], source: ReadonlyMap<string, number>, target: Database) {
  const counted: Counted[] = [];
  for (const table of tables) {
    counted.push({ table: table.name, source: source.get(table.name) ?? 0, target: await table.count(target) });
  }
  return counted;
}

/** The target first: until then neither of them can be served, and then the right one. */
async function finish({ source, target, clock }: TransferOptions, note: MoveNote): Promise<void> {
  const done: MoveNote = { ...note, state: "done", at: clock.now() };
  await target.batch([keepNote(done), { sql: "DELETE FROM meta WHERE key LIKE ?", args: [`${NOTE}/%`] }]);
  await source.batch([keepNote(done)]);
}

/**
 * Copies all that a SQLite file holds into an empty PostgreSQL, in sets that are committed with the place they end at:
 * one that is killed goes on there when it is called again. While it lasts neither can be served, and afterwards only
 * the PostgreSQL. Throws MoveError when the two do not fit.
 */
export async function transfer(options: TransferOptions): Promise<Transferred> {
  const { source, target, onProgress, signal } = options;
  const { note, resumed } = await agreed(options);
  if (note.state === "done") {
    await source.batch([keepNote(note)]);
    return { already: true, resumed, tables: [], equal: true };
  }
  const places = await knownPlaces(target);
  const tables: Table[] = [];
  const counts = new Map<string, number>();
  for (const name of MOVED) {
    const table = await openTable(source, name);
    tables.push(table);
    counts.set(name, await table.count(source));
  }
  const sum = (weigh: (table: Table) => number) => tables.reduce((all, table) => all + weigh(table), 0);
  const copied = new Map([...places].map(([name, { rows }]) => [name, rows]));
  const whole = sum(({ name, weight }) => weight * (counts.get(name) ?? 0));
  for (const table of tables) {
    const place = places.get(table.name) ?? { rows: 0, after: null, done: false };
    await copy(table, place, target, signal, (rows) => {
      copied.set(table.name, (copied.get(table.name) ?? 0) + rows);
      const done = sum(({ name, weight }) => weight * (copied.get(name) ?? 0));
      onProgress(
        sum(({ name }) => copied.get(name) ?? 0),
        done / Math.max(whole, 1),
        table.name,
      );
    });
  }
  const counted = await compare(tables, counts, target);
  const equal = counted.every((one) => one.source === one.target);
  if (equal) {
    // Otherwise it would be planned as if it were empty until PostgreSQL looks by itself, as it does if this fails.
    for (const { name } of tables) await target.batch([{ sql: `ANALYZE "${name}"`, args: [] }]).catch(() => undefined);
    await finish(options, note);
  }
  return { already: false, resumed, tables: counted, equal };
}
