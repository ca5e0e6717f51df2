import { CliError, EXIT } from "../fail.js";
import { readWhole, type Source, type SourceLine, toSourceLine } from "./source.js";

/** An event may have 25 MiB, or what the server is configured for. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;
const MAX_JSON_BYTES = 64 * 1024 * 1024;
/** A line that was cut could not be put right: only what is surely no event is. */
const KEPT_TEXT = 32 * 1024 * 1024;
const LINE_FEED = 10;
const BOM = "\ufeff";
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function parseLine(line: number, position: number | null, bytes: Buffer): SourceLine | null {
  const refuse = (message: string): SourceLine => ({
    line,
    position,
    text: bytes.subarray(0, KEPT_TEXT).toString("utf8"),
    errors: [{ path: "", message }],
  });
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return refuse("is not UTF-8 text");
  }
  if (line === 1 && text.startsWith(BOM)) text = text.slice(1);
  if (text.trim() === "") return null;
  try {
    return toSourceLine(line, position, JSON.parse(text), () => text.slice(0, KEPT_TEXT));
  } catch (error) {
    return refuse(`is not valid JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}

/** Reads one event a line. Empty lines are passed over; a line that is no JSON comes with what is wrong. */
export async function* readNdjson(source: Source): AsyncGenerator<SourceLine> {
  let line = 0;
  let offset = 0;
  let held: Buffer[] = [];
  let heldBytes = 0;
  const position = () => (source.size ? Math.min(1, offset / source.size) : null);
  for await (const chunk of source.chunks()) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      held.push(chunk.subarray(start, end));
      offset += heldBytes + (end - start) + 1;
      const read = parseLine(++line, position(), held.length === 1 ? chunk.subarray(start, end) : Buffer.concat(held));
      start = end + 1;
      held = [];
      heldBytes = 0;
      if (read) yield read;
    }
    held.push(chunk.subarray(start));
    heldBytes += chunk.length - start;
    if (heldBytes > MAX_LINE_BYTES) {
      throw new CliError(EXIT.refused, `Line ${line + 1} of ${source.name} is longer than 256 MiB: this is no NDJSON.`);
    }
  }
  offset += heldBytes;
  const last = parseLine(line + 1, position(), Buffer.concat(held));
  if (last) yield last;
}

function parseWhole(text: string): { value: unknown } | { error: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: (error as Error).message.slice(0, 200) };
  }
}

/** Reads a JSON array of events, or a single one. A file that is neither, but has one event a line, is read as NDJSON. */
export async function* readJson(source: Source): AsyncGenerator<SourceLine> {
  const bytes = await readWhole(source, MAX_JSON_BYTES, "Write it as NDJSON, one event a line, which has no limit.");
  const text = bytes.toString("utf8");
  const whole = parseWhole(text.startsWith(BOM) ? text.slice(1) : text);
  if ("error" in whole) {
    if (!text.trimStart().startsWith("{")) {
      throw new CliError(EXIT.refused, `${source.name} is not valid JSON: ${whole.error}`);
    }
    yield* readNdjson({ ...source, size: bytes.length, chunks: () => once(bytes) });
    return;
  }
  const items = Array.isArray(whole.value) ? whole.value : [whole.value];
  for (const [at, item] of items.entries()) {
    yield toSourceLine(at + 1, (at + 1) / items.length, item, () => JSON.stringify(item).slice(0, KEPT_TEXT));
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
