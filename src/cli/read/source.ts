import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { FieldError } from "../../errors.js";
import { CliError, EXIT } from "../fail.js";

/** One event of an input, or why there is none. `line`: its line, row or item, from 1; `position`: 0 to 1, null if unknown. */
export type SourceLine =
  | { readonly line: number; readonly position: number | null; readonly event: Record<string, unknown> }
  | {
      readonly line: number;
      readonly position: number | null;
      readonly text: string;
      readonly errors: readonly FieldError[];
    };

/** The bytes of a file or of standard input. */
export interface Source {
  readonly name: string;
  /** null: unknown, as of standard input. */
  readonly size: number | null;
  chunks(): AsyncIterable<Buffer>;
}

function fileError(file: string, error: unknown): CliError {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
  const why = code === "ENOENT" ? "does not exist" : code === "EACCES" ? "may not be read" : `cannot be read (${code})`;
  return new CliError(EXIT.usage, `${file} ${why}.`, error);
}

/** Opens a file, or with `-` standard input. Throws CliError (exit code 2). */
export async function openSource(file: string, stdin: AsyncIterable<Buffer>): Promise<Source> {
  if (file === "-") return { name: "standard input", size: null, chunks: () => stdin };
  const found = await stat(file).catch((error: unknown) => {
    throw fileError(file, error);
  });
  if (found.isDirectory()) throw new CliError(EXIT.usage, `${file} is a folder.`);
  return {
    name: file,
    size: found.isFile() ? found.size : null,
    async *chunks() {
      try {
        yield* createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>;
      } catch (error) {
        throw fileError(file, error);
      }
    },
  };
}

/** The whole input, bounded. Throws CliError (exit code 1) naming `what` to do instead. */
export async function readWhole(source: Source, limit: number, instead: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source.chunks()) {
    size += chunk.length;
    if (size > limit) {
      const mib = Math.floor(limit / 1024 / 1024);
      throw new CliError(EXIT.refused, `${source.name} is larger than ${mib} MiB. ${instead}`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands in a line of a `--refused` file: its event, or its text read again; any other value is itself. */
function unwrap(value: unknown): { value: unknown } | { text: string; message: string } {
  if (!isObject(value)) return { value };
  const { refused, event, text, ...rest } = value;
  if (refused === undefined || Object.keys(rest).length > 0) return { value };
  if (isObject(event) && text === undefined) return { value: event };
  if (typeof text !== "string" || event !== undefined) return { value };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { text, message: `is not valid JSON: ${(error as Error).message.slice(0, 200)}` };
  }
}

/** A parsed value as a line of the input: events are objects. A line of a `--refused` file is taken out of its wrapping. */
export function toSourceLine(line: number, position: number | null, given: unknown, text: () => string): SourceLine {
  const unwrapped = unwrap(given);
  if ("message" in unwrapped) {
    return { line, position, text: unwrapped.text, errors: [{ path: "", message: unwrapped.message }] };
  }
  const { value } = unwrapped;
  if (isObject(value)) return { line, position, event: value };
  // The wrapping is not wrapped once more where the value in it is still no event.
  const kept = value === given ? text() : JSON.stringify(value);
  return { line, position, text: kept, errors: [{ path: "", message: "is not a JSON object" }] };
}
