import { createHash } from "node:crypto";

/** UTF-8 bytes of a file name: file systems hold 255, and a temporary suffix must fit too. */
const MAX_BYTES = 200;
/** Room kept in a name that had to be cut, so that it can be numbered without being cut again. */
const NUMBER_BYTES = 8;
const HASH_LENGTH = 12;

// Control characters (Cc), lone surrogates (Cs), line separators, non-characters, and marks that turn the reading direction.
const UNSAFE = /[/\\:*?"<>|\p{Cc}\p{Cs}\u2028\u2029\uFFFE\uFFFF\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;
// White space at the start too: some FTP servers drop it from a command's argument.
const UNSAFE_START = /^[.\-\s]+/;
const UNSAFE_END = /[.\s]+$/;
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i;

const dashes = (text: string): string => "-".repeat(text.length);

/** The start of `stem` that fits into `maxBytes` together with a hash of the whole; never cuts through a code point. */
function shorten(stem: string, maxBytes: number): string {
  const hash = createHash("sha256").update(stem).digest("hex").slice(0, HASH_LENGTH);
  const bytes = Buffer.from(stem);
  let end = maxBytes - hash.length - 1;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.toString("utf8", 0, end)}-${hash}`;
}

/** How a text can stand in a name made by `safeFileName`: within it, at its start and at its end. */
export function formsInFileName(text: string): string[] {
  const inside = text.replace(UNSAFE, "-");
  const atEnd = inside.replace(UNSAFE_END, dashes);
  return [inside, inside.replace(UNSAFE_START, dashes), atEnd, atEnd.replace(UNSAFE_START, dashes)];
}

/**
 * A file name for every server and file system: `parts` joined by `_`, a dot, `extension`. What a name cannot safely
 * hold becomes `-`; spaces, parentheses and brackets stay; over 200 UTF-8 bytes it is cut and ends in a hash. A name
 * that would still begin with `-` (an option to many programs) or be a Windows device gets `_` before it.
 */
export function safeFileName(parts: readonly string[], extension: string): string {
  const replaced = parts.join("_").replace(UNSAFE, "-").replace(UNSAFE_START, dashes).replace(UNSAFE_END, dashes);
  const stem = replaced === "" || replaced.startsWith("-") || DEVICE.test(replaced) ? `_${replaced}` : replaced;
  const room = MAX_BYTES - Buffer.byteLength(extension) - 1;
  const fitting = Buffer.byteLength(stem) > room ? shorten(stem, room - NUMBER_BYTES) : stem;
  return `${fitting}.${extension}`;
}

/** The name of the nth event that wishes for the same `name`: `a.json`, 2 gives `a_2.json`. Stays within 200 bytes. */
export function numberedFileName(name: string, number: number): string {
  const dot = name.lastIndexOf(".");
  const stem = dot > 0 ? name.slice(0, dot) : name;
  const tail = `_${number}${dot > 0 ? name.slice(dot) : ""}`;
  const room = MAX_BYTES - Buffer.byteLength(tail);
  return (Buffer.byteLength(stem) > room ? shorten(stem, room) : stem) + tail;
}

/** The name of a test's file: with the test's own `id`, no delivery has it. Stays within 200 bytes. */
export function testFileName(name: string, id: string): string {
  const head = `TEST-${id}_`;
  const dot = name.lastIndexOf(".");
  const stem = dot > 0 ? name.slice(0, dot) : name;
  const tail = dot > 0 ? name.slice(dot) : "";
  const room = MAX_BYTES - Buffer.byteLength(head) - Buffer.byteLength(tail);
  return head + (Buffer.byteLength(stem) > room ? shorten(stem, room) : stem) + tail;
}

/**
 * What two names have in common that are one file on a server that ignores case or composes accents. By way of capitals,
 * as some compare those: `ſ` and `s`, `ß` and `ss`, `ı` and `i` are one then. Both small sigmas are the same letter.
 */
export function foldFileName(name: string): string {
  const folded = name.normalize("NFD").toLowerCase().toUpperCase().toLowerCase();
  return folded.replaceAll("ς", "σ").normalize("NFC");
}
