import { extname } from "node:path";
import { CliError, EXIT } from "../fail.js";
import type { CsvOptions } from "./csv.js";
import { readJson, readNdjson } from "./json.js";
import type { Source, SourceLine } from "./source.js";
import type { XlsxOptions } from "./xlsx.js";

const FORMATS = ["ndjson", "json", "csv", "xlsx"] as const;
export type SourceFormat = (typeof FORMATS)[number];

const EXTENSIONS: Readonly<Record<string, SourceFormat>> = {
  ".ndjson": "ndjson",
  ".jsonl": "ndjson",
  ".json": "json",
  ".csv": "csv",
  ".tsv": "csv",
  ".txt": "csv",
  ".xlsx": "xlsx",
};

/** The format that was asked for, else what the file's name says; `-` is NDJSON. Throws CliError (exit code 2). */
export function formatOf(file: string, asked: string | undefined): SourceFormat {
  const format = asked ?? (file === "-" ? "ndjson" : EXTENSIONS[extname(file).toLowerCase()]);
  const known = FORMATS.find((name) => name === format);
  if (known) return known;
  throw new CliError(
    EXIT.usage,
    asked === undefined
      ? `What ${file} holds cannot be told from its name: give --format ${FORMATS.join(", ")}.`
      : `"${asked}" is no format that can be read: give ${FORMATS.join(", ")}.`,
  );
}

/** Reads an input's events one after the other; only as much is held as the format needs. */
export async function* readEvents(
  source: Source,
  format: SourceFormat,
  options: CsvOptions & XlsxOptions,
): AsyncGenerator<SourceLine> {
  if (format === "ndjson") yield* readNdjson(source);
  else if (format === "json") yield* readJson(source);
  else if (format === "csv") yield* (await import("./csv.js")).readCsv(source, options);
  else yield* (await import("./xlsx.js")).readXlsx(source, options);
}
