import { Worker } from "node:worker_threads";
import { type Client, type InStatement, type InValue, LibsqlError, type ResultSet, type Value } from "@libsql/client";

interface Call {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** What the thread is to do; all but the end are answered. */
type Message = { readonly id: number; readonly call: string; readonly argument: unknown } | { readonly call: "end" };

interface Answer {
  readonly id: number;
  readonly result?: never;
  readonly error?: { readonly message: string; readonly code?: string; readonly rawCode?: number };
}

/** Errors of SQLite as libsql's client would throw them: the code and, more exactly, the extended one. */
function revived({ message, code, rawCode }: NonNullable<Answer["error"]>): Error {
  if (code === undefined) return new Error(message);
  return new LibsqlError(message, /^SQLITE_[A-Z]+/.exec(code)?.[0] ?? code, code, rawCode);
}

const isClosed = () => new LibsqlError("The client is closed", "CLIENT_CLOSED");
const notOffered = (what: string) => () => Promise.reject(new Error(`${what} is not offered: use Database.batch`));

/** SQL with its values; what is JSON among them may be decoded by SQLite. */
interface PlainSqlite {
  readonly sql: string;
  readonly args: readonly InValue[];
}

/** SQL in which `:rows` stands for the rows of a VALUES: any number of them, `width` values each, all in one list. */
interface RowsSqlite {
  readonly sql: string;
  readonly width: number;
  readonly values: readonly InValue[];
}

export type SqliteStatement = PlainSqlite | RowsSqlite;

/** A libsql client on one connection in a thread of its own. */
export interface SqliteClient extends Client {
  /** Runs one query; its first cell. */
  query(statement: PlainSqlite): Promise<Value | undefined>;
  /** Runs the statements in one transaction with one fsync, shared with other writes that wait; the first cell of each. */
  write(statements: readonly SqliteStatement[]): Promise<(Value | undefined)[]>;
  /** Resolves once `close` was called, the thread has ended and the file is free. */
  readonly ended: Promise<void>;
}

const BUSY = 0;
const STOP = 1;
/** Longest wait at exit for what the thread is doing. */
const EXIT_MS = 5_000;

/**
 * libsql aborts the process when its thread is ended in the middle of a call, which `process.exit` does: so the call
 * under way is waited for. One that takes longer than that ends with the process, as a crash would.
 */
function endBeforeExit(flags: Int32Array): () => void {
  const wait = () => {
    Atomics.store(flags, STOP, 1);
    if (Atomics.wait(flags, BUSY, 1, EXIT_MS) === "timed-out") process.kill(process.pid, "SIGKILL");
  };
  process.once("exit", wait);
  return () => process.off("exit", wait);
}

/**
 * Opens the file in a thread of its own: an fsync or a long query then holds up nothing but the database. Calls are
 * done in the order in which they are made, each of them whole. Should the thread itself fail, so does the process:
 * nothing could be accepted or recorded any more, and the next start mends what was under way.
 */
export function createSqliteClient(file: string): SqliteClient {
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const thread = new Worker(new URL("./sqlite-thread.js", import.meta.url), {
    workerData: { file, flags: flags.buffer },
    // What comes in is written and forgotten at once: more room for it would only be more memory.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  });
  const forgetExit = endBeforeExit(flags);
  const calls = new Map<number, Call>();
  let last = 0;
  let closed = false;
  const restIfDone = () => {
    if (calls.size === 0 && !closed) thread.unref();
  };
  // The database alone keeps no process running, but what is under way does.
  thread.unref();
  thread.on("message", (answers: readonly Answer[]) => {
    for (const { id, result, error } of answers) {
      const call = calls.get(id);
      calls.delete(id);
      if (error) call?.reject(revived(error));
      else call?.resolve(result as never);
    }
    restIfDone();
  });
  const ended = new Promise<void>((resolve) => {
    thread.once("exit", () => {
      closed = true;
      forgetExit();
      for (const { reject } of calls.values()) reject(isClosed());
      calls.clear();
      resolve();
    });
  });

  let together: Message[] = [];
  /** What is asked at one time goes over together: a message costs more than the query that it asks for. */
  function send(message: Message): void {
    if (together.length === 0) queueMicrotask(post);
    together.push(message);
  }
  function post(): void {
    const messages = together;
    together = [];
    try {
      thread.postMessage(messages);
    } catch {
      // One of them cannot be copied: it alone fails.
      for (const message of messages) postAlone(message);
    }
  }
  function postAlone(message: Message): void {
    try {
      thread.postMessage([message]);
    } catch (error) {
      if (!("id" in message)) throw error;
      calls.get(message.id)?.reject(error as Error);
      calls.delete(message.id);
      restIfDone();
    }
  }

  function call<T>(name: "execute" | "executeMultiple" | "query" | "write", argument: unknown): Promise<T> {
    if (closed) return Promise.reject(isClosed());
    return new Promise((resolve, reject) => {
      if (calls.size === 0) thread.ref();
      calls.set(++last, { resolve, reject });
      send({ id: last, call: name, argument });
    });
  }

  return {
    ended,
    protocol: "file",
    get closed() {
      return closed;
    },
    execute: (statement: InStatement) => call<ResultSet>("execute", statement),
    executeMultiple: (sql) => call<void>("executeMultiple", sql),
    query: (statement) => call<Value | undefined>("query", statement),
    write: (statements) => call<(Value | undefined)[]>("write", statements),
    batch: notOffered("batch"),
    migrate: notOffered("migrate"),
    transaction: notOffered("transaction"),
    sync: notOffered("sync"),
    reconnect: notOffered("reconnect"),
    /** What was asked before is still done; `ended` tells when. */
    close() {
      if (closed) return;
      closed = true;
      thread.ref();
      send({ call: "end" });
    },
  };
}
