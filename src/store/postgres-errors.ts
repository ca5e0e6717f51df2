import { StoreUnavailableError, UniqueError } from "../errors.js";

export interface PostgresError extends Error {
  readonly code?: string;
  /** The function of PostgreSQL's source that failed, whatever language it speaks in. */
  readonly routine?: string;
}

const NO_ROOM = "53100";

/**
 * Its files cannot be written: I/O errors; and those that it has no code for, such as a disk quota that is used up, from
 * the part that keeps the tables' files.
 */
const isUnwritable = ({ code = "", routine = "" }: PostgresError) =>
  /^58/.test(code) || (code === "XX000" && /^md[a-z]+$/.test(routine));

/** Whether a write needed more of the disk and did not get it. */
export const lacksRoom = (error: unknown) =>
  error instanceof Error && ((error as PostgresError).code === NO_ROOM || isUnwritable(error));

// Network errors of Node, and what PostgreSQL says when it stops, starts, follows another, takes no more connections or ends
// a session that said nothing for too long.
const GONE = /^(E[A-Z_]+|08...|57P0.|53300|25006|25P03|57014)$/;
export const CUT =
  /(Connection terminated|timeout|not queryable|connection error|Client was closed|Query read timeout)/i;

/** Somebody else has had the rows, or the lock, for too long. */
export const busy = (error: Error | null) =>
  new StoreUnavailableError("busy", "The database is busy with the same rows: try again.", error);

const unreachable = (why: string, error: unknown) =>
  new StoreUnavailableError("other", `The database cannot be reached (${why}).`, error);

/** What the rest of Waybell knows of it; any other error as it is. */
export function translated(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code = "", message } = error as PostgresError;
  if (code === "23505") return new UniqueError(error);
  if (code === NO_ROOM) {
    return new StoreUnavailableError("full", "The database has no room left: free disk space, then try again.", error);
  }
  if (isUnwritable(error)) {
    return new StoreUnavailableError("other", `The database cannot be written (${message}).`, error);
  }
  if (code === "40P01" || code === "40001" || code === "55P03") return busy(error);
  return GONE.test(code) || (code === "" && CUT.test(message)) ? unreachable(code || message, error) : error;
}

/** What Prisma's adapter calls a server that is gone: of such errors it keeps neither the code nor the message. */
const GONE_KINDS: ReadonlySet<string> = new Set(["DatabaseNotReachable", "ConnectionClosed", "SocketTimeout"]);

interface PrismaError {
  readonly meta?: {
    readonly driverAdapterError?: {
      readonly cause?: { readonly kind?: string; readonly originalCode?: string; readonly originalMessage?: string };
    };
  };
}

/** An error of Prisma's, translated as the error of PostgreSQL that is in it. */
export function translatedPrisma(error: unknown): unknown {
  const { kind = "", originalCode, originalMessage } = (error as PrismaError)?.meta?.driverAdapterError?.cause ?? {};
  if (GONE_KINDS.has(kind)) return unreachable(kind, error);
  if (originalCode === undefined) {
    // The adapter passes on as it is what it has no name for, such as a host without an address or with several.
    const { code = "" } = (error ?? {}) as PostgresError;
    if (GONE.test(code)) return unreachable(code, error);
    const [, said] = CUT.exec((error as Error)?.message) ?? [];
    return said === undefined ? error : unreachable(said, error);
  }
  const known = translated(Object.assign(new Error(originalMessage), { code: originalCode }));
  return known instanceof StoreUnavailableError ? known : error;
}

export const isDeadlock = (error: unknown) => ["40P01", "40001"].includes((error as PostgresError)?.code ?? "");
