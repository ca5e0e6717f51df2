// The thread that has the SQLite file, so that an fsync or a slow query holds nobody else up. Plain JavaScript: a thread
// is started from the file itself, also where something else reads the TypeScript around it (tests).
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { createClient } from "@libsql/client";

const client = createClient(workerData);

/** Writes that one transaction may hold: those that wait share its fsync. */
const MAX_GROUP = 64;

// SQLite decodes such an escape to bytes that are no UTF-8, and libsql ends the whole process when it reads those back.
const LONE_SURROGATE = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** JSON as SQLite may decode it: half a character, which is no text, becomes U+FFFD. */
function readable(value) {
  if (typeof value !== "string" || !/^[[{]/.test(value) || !value.includes("\\ud")) return value;
  return value.replace(LONE_SURROGATE, "$1\\ufffd");
}

const readableArgs = ({ sql, args }) => ({ sql, args: args.map(readable) });
const firstCell = ({ rows }) => rows[0]?.[0];

const calls = {
  /** For Prisma: rows as arrays, as their numbered members would not be copied to the other thread. */
  async execute(statement) {
    const { columns, columnTypes, rows, rowsAffected, lastInsertRowid } = await client.execute(statement);
    return { columns, columnTypes, rows: rows.map((row) => Array.from(row)), rowsAffected, lastInsertRowid };
  },
  executeMultiple: (sql) => client.executeMultiple(sql),
  query: async (statement) => firstCell(await client.execute(readableArgs(statement))),
  write: async (statements) => (await client.batch(statements.map(readableArgs), "write")).map(firstCell),
};

async function answer({ id, call, argument }) {
  try {
    parentPort.postMessage({ id, result: await calls[call](argument) });
  } catch (error) {
    const { name, message, code, extendedCode, rawCode } = error;
    parentPort.postMessage({ id, error: { name, message, code, extendedCode, rawCode } });
  }
}

/** Several writes in one transaction. When one of them fails, none has happened, and each is done by itself. */
async function answerGroup(group) {
  if (group.length > 1) {
    try {
      const results = await calls.write(group.flatMap(({ argument }) => argument));
      for (const { id, argument } of group) parentPort.postMessage({ id, result: results.splice(0, argument.length) });
      return;
    } catch {
      // Which one it was shows below.
    }
  }
  for (const message of group) await answer(message);
}

/** The first of `waiting`, with the writes that follow it directly if it is one. */
function takeGroup(waiting) {
  const other = waiting.findIndex(({ call }) => call !== "write");
  const length = Math.min(other < 0 ? waiting.length : other, MAX_GROUP);
  return waiting.splice(0, Math.max(length, 1));
}

// Calls are synchronous inside, and what follows an await runs before the next event: so each message that was there
// when the handler began is answered in its turn.
parentPort.on("message", async (first) => {
  const waiting = [first];
  for (let next = receiveMessageOnPort(parentPort); next; next = receiveMessageOnPort(parentPort)) {
    waiting.push(next.message);
  }
  while (waiting.length > 0) await answerGroup(takeGroup(waiting));
});
