import { inflateRawSync } from "node:zlib";
import { CliError, EXIT } from "../fail.js";
import { createRowMapper } from "./columns.js";
import { readWhole, type Source, type SourceLine } from "./source.js";

const MAX_FILE_BYTES = 32 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 160 * 1024 * 1024;
/** Excel keeps 15 digits of a number and makes the rest zeros. */
const MAX_EXACT = 999_999_999_999_999;
const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
const INSTEAD = "Save it as CSV, which has no limit.";

export interface XlsxOptions {
  /** Name of the sheet, or null for the first. */
  readonly sheet: string | null;
  readonly ignoreColumns: readonly string[];
}

/** Where the next entry of a zip begins, or -1. */
function nextHeader(zip: Buffer, from: number): number {
  return zip.indexOf(Buffer.from([0x50, 0x4b, 0x03, 0x04]), from);
}

function inflatedSize(packed: Buffer, limit: number): { size: number; used: number } | null {
  try {
    const { buffer, engine } = inflateRawSync(packed, { maxOutputLength: limit, info: true }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return { size: buffer.length, used: engine.bytesWritten };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") return null;
    throw new CliError(EXIT.refused, "The XLSX file is damaged: it cannot be unpacked.", error);
  }
}

/**
 * Refuses an archive that unpacks to more than the bound. What its headers say of sizes is not believed: every entry is
 * unpacked once, up to the bound. Throws CliError (exit code 1).
 */
function checkUnpackedSize(zip: Buffer): void {
  let left = MAX_UNPACKED_BYTES;
  for (let at = nextHeader(zip, 0); at >= 0 && at + LOCAL_HEADER_BYTES <= zip.length; at = nextHeader(zip, at)) {
    if (zip.readUInt32LE(at) !== LOCAL_HEADER) return;
    const stored = zip.readUInt16LE(at + 8) === 0;
    const begin = at + LOCAL_HEADER_BYTES + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28);
    const size = zip.readUInt32LE(at + 18);
    const entry = stored ? { size, used: size } : inflatedSize(zip.subarray(begin), left);
    left -= entry?.size ?? left + 1;
    if (left < 0) {
      throw new CliError(
        EXIT.refused,
        `The XLSX file unpacks to more than ${MAX_UNPACKED_BYTES / 1048576} MiB. ${INSTEAD}`,
      );
    }
    at = begin + (entry?.used ?? 0);
  }
}

/** A cell as the text that a CSV file would hold: a date as YYYYMMDDHHmmss, in the customer's time zone. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  // A spreadsheet counts days: a second is a fraction that is a little too small as often as not.
  if (value instanceof Date) {
    return new Date(Math.round(value.getTime() / 1000) * 1000).toISOString().slice(0, 19).replace(/[-T:]/g, "");
  }
  return String(value);
}

function rounded(cells: readonly unknown[]): number {
  return cells.findIndex((cell) => typeof cell === "number" && Math.abs(cell) > MAX_EXACT);
}

async function readRows(source: Source, options: XlsxOptions): Promise<readonly (readonly unknown[])[]> {
  const bytes = await readWhole(source, MAX_FILE_BYTES, INSTEAD);
  checkUnpackedSize(bytes);
  const { readSheet } = await import("read-excel-file/node");
  try {
    return options.sheet === null ? await readSheet(bytes) : await readSheet(bytes, options.sheet);
  } catch (error) {
    throw new CliError(EXIT.refused, `${source.name} cannot be read as XLSX: ${(error as Error).message}`, error);
  }
}

/** Reads the rows of a sheet under its heading. */
export async function* readXlsx(source: Source, options: XlsxOptions): AsyncGenerator<SourceLine> {
  const [heading, ...rows] = await readRows(source, options);
  if (!heading) throw new CliError(EXIT.refused, `${source.name} has no rows.`);
  const mapper = createRowMapper(heading.map(cellText), options.ignoreColumns);
  for (const [at, cells] of rows.entries()) {
    const line = at + 2;
    const position = (at + 1) / rows.length;
    const bad = rounded(cells);
    if (bad >= 0) {
      const column = cellText(heading[bad]);
      const message = "is a number of more than 15 digits, which Excel has rounded: format the column as text";
      yield { line, position, text: JSON.stringify(cells).slice(0, 1000), errors: [{ path: `/${column}`, message }] };
    } else if (cells.some((cell) => cellText(cell).trim() !== "")) {
      yield { line, position, event: mapper.toEvent(cells.map(cellText)) };
    }
  }
}
