// The thread that has the SQLite file, so that an fsync or a slow query holds nobody else up. Plain JavaScript: a thread
// is started from the file itself, also where something else reads the TypeScript around it (tests).
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import Database from "libsql";

/** Shared with the main thread: whether it is at work in the database, and whether it must begin nothing more. */
const flags = new Int32Array(workerData.flags);
const BUSY = 0;
const STOP = 1;

/** Writes that one transaction may hold: those that wait share its fsync. */
const MAX_GROUP = 64;
/** Prepared statements that are kept: preparing a statement of the hot road takes as long as inserting ten rows. */
const MAX_PREPARED = 200;
/** How many rows one run of a statement with `:rows` takes; the largest that fits is taken each time. */
const ROWS = [100, 10, 1];

// SQLite decodes such an escape to bytes that are no UTF-8, and libsql ends the whole process when it reads those back.
const LONE_SURROGATE = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** JSON as SQLite may decode it: half a character, which is no text, becomes U+FFFD. */
function readable(value) {
  if (typeof value !== "string" || !/^[[{]/.test(value) || !value.includes("\\ud")) return value;
  return value.replace(LONE_SURROGATE, "$1\\ufffd");
}

/** A value as libsql binds it. */
const bindable = (value) => (typeof value === "boolean" ? Number(value) : value);

/** Integers come as BigInt, so that none is cut; all that Waybell keeps are safe. */
function portable(value) {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`The integer ${value} is too large for a number.`);
  return number;
}

/** Opened by the first call, which is then told why it cannot be. */
let database;
const opened = () => {
  database ??= new Database(workerData.file, { timeout: 0 });
  return database;
};

const prepared = new Map();

function prepare(sql) {
  const known = prepared.get(sql);
  if (known) return known;
  const statement = opened().prepare(sql).safeIntegers(true);
  let columns = null;
  try {
    statement.raw(true);
    columns = statement.columns();
  } catch {
    // raw() throws for a statement that returns nothing.
  }
  const made = { statement, columns };
  if (prepared.size >= MAX_PREPARED) prepared.delete(prepared.keys().next().value);
  prepared.set(sql, made);
  return made;
}

function run(sql, args) {
  const { statement, columns } = prepare(sql);
  try {
    if (columns) return { columns, rows: statement.all(args).map((row) => row.map(portable)), changes: 0, lastId: 0 };
    const { changes, lastInsertRowid } = statement.run(args);
    return { columns: [], rows: [], changes, lastId: lastInsertRowid };
  } catch (error) {
    // It may not have been reset, and would then keep the transaction from ending.
    prepared.delete(sql);
    throw error;
  }
}

/** Runs a statement whose `:rows` stand for any number of rows, `width` values each, in as few runs as can be. */
function runRows({ sql, width, values }) {
  const row = `(${Array(width).fill("?").join(",")})`;
  for (let at = 0; at < values.length; ) {
    const count = ROWS.find((size) => at + size * width <= values.length);
    run(sql.replace(":rows", `VALUES ${Array(count).fill(row).join(",")}`), values.slice(at, at + count * width));
    at += count * width;
  }
}

function runOne(statement) {
  if (statement.width) return runRows(statement);
  const { rows, changes, columns } = run(statement.sql, statement.args.map(readable));
  return columns.length > 0 ? rows[0]?.[0] : changes;
}

function transaction(statements) {
  run("BEGIN IMMEDIATE", []);
  try {
    const cells = statements.map(runOne);
    run("COMMIT", []);
    return cells;
  } finally {
    // A full disk may have undone it already.
    if (opened().inTransaction) run("ROLLBACK", []);
  }
}

const calls = {
  /** For Prisma, in the form of libsql's client. */
  execute(statement) {
    const { sql, args = [] } = typeof statement === "string" ? { sql: statement } : statement;
    const { columns, rows, changes, lastId } = run(sql, args.map(bindable));
    return {
      columns: columns.map(({ name }) => name),
      columnTypes: columns.map(({ type }) => type ?? ""),
      rows,
      rowsAffected: changes,
      lastInsertRowid: BigInt(lastId),
    };
  },
  executeMultiple(sql) {
    try {
      opened().exec(sql);
    } finally {
      if (opened().inTransaction) opened().exec("ROLLBACK");
    }
  },
  query: runOne,
  write: transaction,
};

function answerOf({ id, call, argument }) {
  try {
    return { id, result: calls[call](argument) };
  } catch ({ message, code, rawCode }) {
    return { id, error: { message, code, rawCode } };
  }
}

/** Several writes in one transaction. When one of them fails, none has happened, and each is done by itself. */
function answersOf(group) {
  if (group.length > 1) {
    try {
      const cells = transaction(group.flatMap(({ argument }) => argument));
      return group.map(({ id, argument }) => ({ id, result: cells.splice(0, argument.length) }));
    } catch {
      // Which one it was shows below.
    }
  }
  return group.map(answerOf);
}

/** The first of `waiting`, with the writes that follow it directly if it is one. */
function takeGroup(waiting) {
  const other = waiting.findIndex(({ call }) => call !== "write");
  const length = Math.min(other < 0 ? waiting.length : other, MAX_GROUP);
  return waiting.splice(0, Math.max(length, 1));
}

/** Closes the file. The thread then ends by itself: one that is ended from outside in the middle of a call aborts the process. */
function end() {
  prepared.clear();
  database?.close();
  parentPort.close();
}

/** Does what waits in its order. What was asked in one message is answered in one: it costs more than a short query. */
function work(waiting) {
  let answers = [];
  const post = () => {
    if (answers.length > 0) parentPort.postMessage(answers);
    answers = [];
  };
  while (waiting.length > 0) {
    Atomics.store(flags, BUSY, 1);
    if (Atomics.load(flags, STOP) === 1) waiting.length = 0;
    else if (waiting[0].call === "end") {
      waiting.length = 0;
      post();
      end();
    } else {
      const group = takeGroup(waiting);
      answers.push(...answersOf(group));
      // Nobody waits for what others have asked since.
      if (group.some(({ last }) => last)) post();
    }
    Atomics.store(flags, BUSY, 0);
    Atomics.notify(flags, BUSY);
  }
}

/** The calls of a message, the last of them marked. */
const callsOf = (message) => message.map((call, at) => ({ ...call, last: at === message.length - 1 }));

parentPort.on("message", (first) => {
  const waiting = callsOf(first);
  for (let next = receiveMessageOnPort(parentPort); next; next = receiveMessageOnPort(parentPort)) {
    waiting.push(...callsOf(next.message));
  }
  work(waiting);
});
