import { Readable } from "node:stream";
import { RenderError } from "../errors.js";
import type { Content } from "../types.js";
import type { StreamedBody } from "./template.js";

/** A piece of a body: text as it is, or a picture's data URI that is streamed when the body is sent. */
export type Segment = string | Content;

// What stands for itself in JSON strings and in XML text alike: printable ASCII less " & < > \.
const STANDS_FOR_ITSELF = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x7f && !'"&<>\\'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

/**
 * A body's length is told before its pictures are read, so they go out unescaped. Publishing takes only data URIs that
 * allow that; should another ever be stored, the send breaks off here instead of delivering a broken document.
 */
function refuseUnsafe(chunk: Buffer, content: Content): void {
  for (let at = 0; at < chunk.length; at++) {
    if (STANDS_FOR_ITSELF[chunk[at] ?? 0] === 1) continue;
    const message = `The content sha256:${content.sha256} is no data URI: it holds a byte that would have to be escaped.`;
    throw new RenderError("event", "unsafe_content", message);
  }
}

async function* chunksOf(segments: readonly Segment[]): AsyncGenerator<Buffer> {
  for (const segment of segments) {
    if (typeof segment === "string") {
      yield Buffer.from(segment);
      continue;
    }
    for await (const chunk of segment.open()) {
      refuseUnsafe(chunk, segment);
      yield chunk;
    }
  }
}

async function* withoutHead({ base64At }: Content, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let skip = base64At;
  for await (const chunk of chunks) {
    if (skip < chunk.length) yield chunk.subarray(skip);
    skip = Math.max(0, skip - chunk.length);
  }
}

/** The base64 of a picture or document without the head of its data URI. */
export function base64Of(content: Content): Content {
  return {
    ...content,
    length: content.length - content.base64At,
    base64At: 0,
    open: () => withoutHead(content, content.open()),
  };
}

/** One body of all segments: a Buffer when all are text, else streamed, with its length known beforehand. */
export function bodyOf(segments: readonly Segment[]): Buffer | StreamedBody {
  if (segments.every((segment) => typeof segment === "string")) return Buffer.from(segments.join(""));
  let length = 0;
  let summary = "";
  for (const segment of segments) {
    length += typeof segment === "string" ? Buffer.byteLength(segment) : segment.length;
    summary += typeof segment === "string" ? segment : `[sha256:${segment.sha256} ${segment.length} bytes]`;
  }
  return { length, summary, open: () => Readable.from(chunksOf(segments), { objectMode: false }) };
}
