import assert from "node:assert/strict";
import fc from "fast-check";
import { CliError } from "../../src/cli/fail.js";
import { readEvents, type SourceFormat } from "../../src/cli/read/index.js";
import type { Source, SourceLine } from "../../src/cli/read/source.js";
import { xlsx, zip } from "../cli/xlsx-file.js";
import { fuzzTarget } from "./fuzz.js";
import { anyJson, anyText } from "./texts.js";

interface Input {
  readonly format: SourceFormat;
  readonly bytes: Uint8Array;
  /** Sizes of the pieces in which it is read. */
  readonly pieces: readonly number[];
  readonly encoding: string;
  readonly delimiter: string | null;
  /** The events that it holds, where that is known. */
  readonly events: readonly object[] | null;
}

/** So many small pieces show what comes of a cut; the rest comes as a file does, or handing it over is all that takes time. */
const SMALL_PIECES = 2_000;

function sourceOf({ bytes, pieces }: Input): Source {
  return {
    name: "input",
    size: bytes.length,
    async *chunks() {
      let at = 0;
      for (let piece = 0; at < bytes.length; piece++) {
        const size = (piece < SMALL_PIECES && pieces[piece % pieces.length]) || bytes.length;
        yield Buffer.from(bytes.subarray(at, at + size));
        at += size;
      }
    },
  };
}

async function readAll(input: Input): Promise<SourceLine[]> {
  const { encoding, delimiter, format } = input;
  const lines: SourceLine[] = [];
  const options = { encoding, delimiter, ignoreColumns: [], sheet: null };
  for await (const line of readEvents(sourceOf(input), format, options)) lines.push(line);
  return lines;
}

async function check(input: Input): Promise<void> {
  let lines: SourceLine[];
  try {
    lines = await readAll(input);
  } catch (error) {
    // Refused with a sentence for whoever gave the file: the only way to end.
    if (!(error instanceof CliError) || error.message.length < 10) throw error;
    if (input.events) throw new Error(`a sound input was refused: ${error.message}`);
    return;
  }
  let last = 0;
  for (const line of lines) {
    assert.ok(Number.isInteger(line.line) && line.line > last, `line ${line.line} comes after ${last}`);
    last = line.line;
    assert.ok(line.position === null || (line.position >= 0 && line.position <= 1), `it is at ${line.position}`);
    if ("event" in line) assert.equal(Object.getPrototypeOf(line.event), Object.prototype);
    else assert.ok(line.errors.length > 0 && line.errors.every(({ message }) => message !== ""));
  }
  if (!input.events) return;
  assert.deepEqual(
    lines.map((line) => ("event" in line ? line.event : line)),
    input.events,
  );
}

const pieces = fc.array(fc.constantFrom(1, 2, 3, 7, 64, 100_000), { minLength: 1, maxLength: 3 });
const encodings = fc.constantFrom("utf-8", "utf-8", "windows-1252", "utf-16le", "iso-8859-15", "nosuch");
const delimiters = fc.constantFrom(null, null, ",", ";", "\t", "|");
const formats = fc.constantFrom<SourceFormat>("ndjson", "json", "csv", "xlsx");
const bytesOf = (text: string, bom = false) => new Uint8Array(Buffer.from((bom ? "\ufeff" : "") + text));

const HEADING =
  "customer,order,statusCode,statusTime,comment,status NL,pictures,callback urls,details.extra.a,__proto__";
const fragment = fc.oneof(
  fc.constantFrom(
    HEADING,
    "customer;order",
    "order",
    '"',
    '""',
    ",",
    ";",
    "\n",
    "\r\n",
    "\r",
    "\ufeff",
    "\0",
    "{",
    "}",
    "[",
    "]",
  ),
  fc.constantFrom('{"order":"A"}', "[1]", "null", '{"refused":1,"text":"{}"}', "PK\u0003\u0004", "\u2028"),
  anyText(30),
);
const nearText = fc
  .tuple(fc.array(fragment, { maxLength: 12 }), fc.boolean())
  .map(([parts, bom]) => bytesOf(parts.join(""), bom));
const longText = fc
  .tuple(fragment, fc.constantFrom(1_000, 70_000, 300_000))
  .map(([part, times]) => bytesOf(part.repeat(Math.ceil(times / Math.max(1, part.length)))));
const anyBytes = fc.oneof(
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  { weight: 6, arbitrary: nearText },
  { weight: 1, arbitrary: longText },
);
const arbitrary: fc.Arbitrary<Input> = fc.record({
  format: formats,
  bytes: anyBytes,
  pieces,
  encoding: encodings,
  delimiter: delimiters,
  events: fc.constant(null),
});

/** Text that JSON and UTF-8 give back as it was. */
const faithful = (text: string) => text.replace(/\p{Surrogate}/gu, "\ufffd");
const jsonEvents = fc.array(
  fc.dictionary(anyText(10).map(faithful), anyText().map(faithful), { maxKeys: 4 }).map((one) => {
    const event: Record<string, string> = { ...one, order: "A" };
    // Else it would be the wrapping of a line that was refused.
    delete event.refused;
    return event;
  }),
  { minLength: 1, maxLength: 4 },
);
const soundJson: fc.Arbitrary<Input> = fc
  .tuple(jsonEvents, fc.constantFrom("\n", "\r\n", "\n\n", "\r\n \r\n"), fc.boolean(), fc.boolean(), pieces)
  .map(([events, end, bom, lines, sizes]) => ({
    format: lines ? "ndjson" : "json",
    bytes: bytesOf(lines ? events.map((event) => JSON.stringify(event) + end).join("") : JSON.stringify(events), bom),
    pieces: sizes,
    encoding: "utf-8",
    delimiter: null,
    events,
  }));

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
const cells = anyText().map((text) => `x${faithful(text)}`);
const soundCsv: fc.Arbitrary<Input> = fc
  .tuple(
    fc.array(fc.tuple(cells, cells), { minLength: 1, maxLength: 4 }),
    fc.constantFrom(",", ";", "\t", "|"),
    fc.constantFrom("\n", "\r\n"),
    fc.boolean(),
    pieces,
  )
  .map(([rows, delimiter, end, bom, sizes]) => ({
    format: "csv",
    bytes: bytesOf([["order", "comment"], ...rows].map((row) => row.map(quoted).join(delimiter) + end).join(""), bom),
    pieces: sizes,
    encoding: "utf-8",
    delimiter: null,
    events: rows.map(([order, comment]) => ({ order, comment })),
  }));

const SHEET = xlsx([
  ["order", "comment", "statusTime"],
  ["A1", "=cmd|' /C calc'!A0", { days: 45_000.5 }],
  ["A2", "<script>", 20_230_719],
]);
/** A workbook with some bytes changed, cut off, or a part replaced. */
const damaged: fc.Arbitrary<Input> = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(SHEET.length - 1), fc.nat(255)), { maxLength: 4 }),
    fc.nat(SHEET.length),
    fc.oneof(
      fc.constant(null),
      anyText(200),
      anyJson.map((value) => JSON.stringify(value) ?? ""),
    ),
  )
  .map(([changes, length, part]) => {
    let bytes: Uint8Array = Buffer.from(SHEET);
    for (const [at, value] of changes) bytes[at] = value;
    if (length % 3 === 0) bytes = bytes.subarray(0, length);
    if (part !== null) {
      bytes = zip({ "xl/workbook.xml": Buffer.from(part), "xl/worksheets/sheet1.xml": Buffer.from(`<a>${part}</a>`) });
    }
    return { format: "xlsx", bytes, pieces: [100_000], encoding: "utf-8", delimiter: null, events: null };
  });

export const readersTarget = fuzzTarget<Input>({
  name: "readers",
  holds:
    "any bytes given as NDJSON, JSON, CSV or XLSX come out as events or as told faults, and what is sound comes out whole",
  lanes: 1,
  open: () => ({
    values: fc.oneof(
      { weight: 4, arbitrary },
      { weight: 2, arbitrary: soundJson },
      { weight: 2, arbitrary: soundCsv },
      { weight: 1, arbitrary: damaged },
    ),
    check,
    close: async () => {},
  }),
});
