import { mayBeEscaped, meaningOf, placesOfMeaning } from "./escapes.js";

/** Shorter ones are masked as whole words alone: inside of others they would mask what a server wrote itself. */
const SHORTEST = 6;
/** So many characters of a longer one tell it from all else; it is masked as far as it goes on from there. */
const TELLING = 64;
/** What is looked at of a text beyond its end: `TELLING` characters, in the longest of the ways to write them. */
export const BEYOND_END = 2048;

/** A way to write a secret, to be looked for. */
interface Form {
  readonly whole: string;
  readonly beginning: string;
  readonly isWord: boolean;
}

interface Forms {
  /** As they stand in a text. */
  readonly written: readonly Form[];
  /** As they stand in its meaning. */
  readonly meant: readonly Form[];
  /** Characters of the shortest. */
  readonly shortest: number;
}

type Span = [start: number, end: number];

const known = new WeakMap<readonly string[], Forms>();

/** With small letters for those of ASCII: nothing else may change its length. */
const fold = (text: string): string =>
  /[\u0080-\uffff]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text.toLowerCase();

/** As it is, and in the midst of a longer text, such as a whole header: without the characters that depend on the rest. */
function inBase64(secret: Buffer): string[] {
  const whole = secret.toString("base64").replace(/=+$/, "");
  const inside = [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), secret]);
    const text = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString("base64");
    return text.slice(before === 0 ? 0 : 4);
  });
  const all = [whole, ...inside.filter((text) => text.length >= SHORTEST)];
  return [...all, ...all.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"))];
}

/**
 * How a server can write a secret that it was sent, but for escapes: as it is, as what it means where it is escaped itself,
 * with its bytes taken for those of another character set, and in base64 and hex.
 */
function writingsOf(secret: string): string[] {
  const isPlain = !/[\u0080-\uffff]/.test(secret);
  const isLatin1 = !/[\u0100-\uffff]/.test(secret);
  const bytes = [Buffer.from(secret), ...(isPlain || !isLatin1 ? [] : [Buffer.from(secret, "latin1")])];
  const taken = isPlain ? [] : bytes.flatMap((each) => [each.toString("latin1"), each.toString("utf8")]);
  return [secret, meaningOf(secret), ...taken, ...bytes.flatMap((each) => [...inBase64(each), each.toString("hex")])];
}

function toForms(texts: readonly string[], isWord: boolean): Form[] {
  const folded = [...new Set(texts.map(fold))].filter((text) => isWord || text.length >= SHORTEST);
  return folded.map((whole) => ({ whole, beginning: whole.slice(0, TELLING), isWord }));
}

function formsOf(secrets: readonly string[]): Forms {
  const all = [...new Set(secrets)].filter((secret) => secret !== "");
  const words = all.filter((secret) => secret.length < SHORTEST);
  const writings = all.filter((secret) => secret.length >= SHORTEST).flatMap(writingsOf);
  const asWords = words.flatMap((word) => [word, meaningOf(word)]).filter((word) => word !== "");
  const written = [...toForms(writings, false), ...toForms(asWords, true)];
  const meant = [...toForms(writings.map(meaningOf), false), ...toForms(asWords.map(meaningOf), true)];
  const lengths = [...written, ...meant].map(({ beginning }) => beginning.length);
  return { written, meant, shortest: lengths.reduce((least, length) => Math.min(least, length), Number.MAX_VALUE) };
}

const isLetter = (text: string, at: number) => /[\p{L}\p{N}]/u.test(text.charAt(at));

/** Whether no word goes on at either end of a span. */
const standsAlone = (text: string, [start, end]: Span): boolean =>
  !(isLetter(text, start) && isLetter(text, start - 1)) && !(isLetter(text, end - 1) && isLetter(text, end));

function spansIn(text: string, forms: readonly Form[]): Span[] {
  const spans: Span[] = [];
  for (const { whole, beginning, isWord } of forms) {
    for (let at = text.indexOf(beginning); at >= 0; ) {
      let end = at + beginning.length;
      while (end - at < whole.length && text.charCodeAt(end) === whole.charCodeAt(end - at)) end++;
      const span: Span = [at, end];
      const counts = !isWord || standsAlone(text, span);
      if (counts) spans.push(span);
      at = text.indexOf(beginning, counts ? end : at + 1);
    }
  }
  return spans;
}

function meantSpans(text: string, forms: readonly Form[]): Span[] {
  const spans = spansIn(fold(meaningOf(text)), forms);
  // Where it says what is rarely needed: most texts hold no secret.
  if (spans.length === 0) return spans;
  const places = placesOfMeaning(text);
  return spans.map(([start, end]) => [places[start] ?? 0, places[end] ?? text.length]);
}

/** The text up to `end` with `mask` in the place of each span that begins before it; what overlaps becomes one. */
function masked(text: string, spans: Span[], mask: string, end: number): string {
  let out = "";
  let done = 0;
  for (const [from, to] of spans.sort(([a], [b]) => a - b)) {
    if (from >= end) break;
    if (from >= done) out += text.slice(done, from) + mask;
    done = Math.max(done, to);
  }
  return out + text.slice(done, Math.max(done, end));
}

/**
 * The text up to `end`, with `mask` in the place of each secret in it, however a server wrote it: also of one that goes on
 * beyond, so that a text is to be given whole, or with `BEYOND_END` characters more than are kept. What is learnt of the
 * secrets is kept for as long as the list is in use.
 */
export function withoutSecrets(text: string, secrets: readonly string[], mask: string, end = text.length): string {
  let forms = known.get(secrets);
  if (!forms) {
    forms = formsOf(secrets);
    known.set(secrets, forms);
  }
  if (text.length < forms.shortest) return text.slice(0, end);
  const seen = text.length > end + BEYOND_END ? text.slice(0, end + BEYOND_END) : text;
  const spans = spansIn(fold(seen), forms.written);
  if (mayBeEscaped(seen)) spans.push(...meantSpans(seen, forms.meant));
  return spans.length === 0 ? seen.slice(0, end) : masked(seen, spans, mask, end);
}
