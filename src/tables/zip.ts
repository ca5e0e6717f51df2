import { Readable } from "node:stream";
import { crc32, createDeflateRaw } from "node:zlib";

/** One file of an archive; its bytes may be long in coming. */
export interface ZipEntry {
  readonly name: string;
  readonly content: Iterable<Buffer> | AsyncIterable<Buffer>;
}

interface Written extends Sums {
  readonly name: Buffer;
  readonly offset: number;
}

interface Sums {
  readonly crc: number;
  readonly packed: number;
  readonly length: number;
}

const DEFLATED = 8;
/** The sums stand behind the bytes (bit 3), and names are UTF-8 (bit 11). */
const FLAGS = 0x0808;
/** 2.0: deflate. */
const VERSION = 20;
/** 1 January 1980, the first day that there is: the bytes depend on the content alone. */
const DAY = 0x0021;

/** What a local and a central header have in common. */
function common({ crc, packed, length }: Sums, name: Buffer): Buffer {
  const bytes = Buffer.alloc(26);
  bytes.writeUInt16LE(VERSION, 0);
  bytes.writeUInt16LE(FLAGS, 2);
  bytes.writeUInt16LE(DEFLATED, 4);
  bytes.writeUInt16LE(DAY, 8);
  bytes.writeUInt32LE(crc, 10);
  bytes.writeUInt32LE(packed, 14);
  bytes.writeUInt32LE(length, 18);
  bytes.writeUInt16LE(name.length, 22);
  return bytes;
}

function numbers(signature: number, ...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * values.length);
  bytes.writeUInt32LE(signature, 0);
  for (const [at, value] of values.entries()) bytes.writeUInt32LE(value, 4 + 4 * at);
  return bytes;
}

function centralHeader({ name, offset, ...sums }: Written): Buffer {
  const made = Buffer.from([VERSION, 0]);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([numbers(0x02014b50), made, common(sums, name), rest, name]);
}

function end(count: number, length: number, offset: number): Buffer {
  const bytes = Buffer.alloc(22);
  bytes.writeUInt32LE(0x06054b50, 0);
  bytes.writeUInt16LE(count, 8);
  bytes.writeUInt16LE(count, 10);
  bytes.writeUInt32LE(length, 12);
  bytes.writeUInt32LE(offset, 16);
  return bytes;
}

/** Packs a file in zlib's own threads, so that nothing else waits for it. */
async function* packed({ content }: ZipEntry): AsyncGenerator<Buffer, Sums> {
  const sums = { crc: 0, packed: 0, length: 0 };
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const piece of content) {
      sums.crc = crc32(piece, sums.crc);
      sums.length += piece.length;
      yield piece;
    }
  }
  const source = Readable.from(counted(), { objectMode: false });
  const deflate = createDeflateRaw();
  source.on("error", (error) => deflate.destroy(error));
  for await (const piece of source.pipe(deflate) as AsyncIterable<Buffer>) {
    sums.packed += piece.length;
    yield piece;
  }
  return sums;
}

/** A ZIP archive (APPNOTE 6.3), made as it is read: of any number of bytes below 4 GiB little is held in memory. */
export async function* zip(entries: readonly ZipEntry[]): AsyncGenerator<Buffer, void> {
  const written: Written[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const head = Buffer.concat([numbers(0x04034b50), common({ crc: 0, packed: 0, length: 0 }, name), name]);
    yield head;
    const pieces = packed(entry);
    let piece = await pieces.next();
    for (; !piece.done; piece = await pieces.next()) yield piece.value;
    const { crc, packed: size, length } = piece.value;
    yield numbers(0x08074b50, crc, size, length);
    written.push({ name, offset, crc, packed: size, length });
    offset += head.length + size + 16;
  }
  const headers = written.map(centralHeader);
  yield* headers;
  yield end(
    headers.length,
    headers.reduce((sum, { length }) => sum + length, 0),
    offset,
  );
}
