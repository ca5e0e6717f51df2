import { Readable } from "node:stream";
import { TextDecoder } from "node:util";
import { parse } from "csv-parse";
import { CliError, EXIT } from "../fail.js";
import { createRowMapper } from "./columns.js";
import type { Source, SourceLine } from "./source.js";

const MAX_ROW_CHARACTERS = 64 * 1024 * 1024;
const SNIFFED_CHARACTERS = 64 * 1024;
const DELIMITERS = [",", ";", "\t", "|"];
const KEPT_TEXT = 1000;

export interface CsvOptions {
  readonly encoding: string;
  /** null: told from the first line. */
  readonly delimiter: string | null;
  readonly ignoreColumns: readonly string[];
}

interface CsvRow {
  readonly record: string[];
  readonly info: { readonly lines: number; readonly bytes: number };
}

async function* decoded(source: Source, encoding: string): AsyncGenerator<string> {
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(encoding, { fatal: true });
  } catch {
    throw new CliError(EXIT.usage, `"${encoding}" is no encoding that can be read: write utf-8 or windows-1252.`);
  }
  let lines = 1;
  try {
    for await (const chunk of source.chunks()) {
      const text = decoder.decode(chunk, { stream: true });
      for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
      yield text;
    }
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CliError(
      EXIT.refused,
      `${source.name} is not ${encoding} text, somewhere after line ${lines}. Save it as "CSV UTF-8", or give --encoding windows-1252.`,
      error,
    );
  }
}

/** The delimiter that the heading has most of, outside quotes. */
function sniffDelimiter(text: string): string {
  const heading = (text.split(/\r?\n/, 1)[0] ?? "").replace(/"[^"]*"/g, "");
  const counts = DELIMITERS.map((delimiter) => heading.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ",";
}

/** Reads the heading's text first, so that the delimiter is known before parsing begins. */
async function startOf(text: AsyncGenerator<string>): Promise<string> {
  let start = "";
  while (start.length < SNIFFED_CHARACTERS && !start.includes("\n")) {
    const next = await text.next();
    if (next.done) break;
    start += next.value;
  }
  return start;
}

async function* joined(start: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield start;
  yield* rest;
}

function csvError(source: Source, error: unknown): unknown {
  const { code, message, lines } = error as { code?: unknown; message?: string; lines?: number };
  if (typeof code !== "string" || !code.startsWith("CSV_")) return error;
  return new CliError(EXIT.refused, `${source.name} is no CSV from line ${lines ?? "?"} on: ${message}`, error);
}

/** Reads rows under a heading. A row with more cells than the heading comes with what is wrong. */
export async function* readCsv(source: Source, options: CsvOptions): AsyncGenerator<SourceLine> {
  const text = decoded(source, options.encoding);
  const start = await startOf(text);
  const parser = parse({
    bom: true,
    delimiter: options.delimiter ?? sniffDelimiter(start),
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_CHARACTERS,
    info: true,
  });
  const input = Readable.from(joined(start, text));
  input.on("error", (error) => parser.destroy(error));
  input.pipe(parser);
  let mapper: ReturnType<typeof createRowMapper> | null = null;
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvRow>) {
      if (!mapper) mapper = createRowMapper(record, options.ignoreColumns);
      else {
        const position = source.size ? Math.min(1, info.bytes / source.size) : null;
        // Counted up to the row's end: less the line ends inside its cells, it is where the row begins.
        const inside = record.reduce((sum, cell) => sum + cell.split("\n").length - 1, 0);
        yield toLine(mapper, record, info.lines - inside, position);
      }
    }
  } catch (error) {
    throw csvError(source, error);
  } finally {
    input.destroy();
  }
}

function toLine(
  mapper: ReturnType<typeof createRowMapper>,
  cells: readonly string[],
  line: number,
  position: number | null,
): SourceLine {
  if (cells.slice(mapper.columns).every((cell) => cell.trim() === "")) {
    return { line, position, event: mapper.toEvent(cells) };
  }
  const message = `has ${cells.length} cells, but the heading has ${mapper.columns}: is a delimiter or quote missing?`;
  return { line, position, text: JSON.stringify(cells).slice(0, KEPT_TEXT), errors: [{ path: "", message }] };
}
