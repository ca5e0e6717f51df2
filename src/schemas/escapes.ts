const ESCAPED = /[\\&%+\0]/;
const BEGINS = new RegExp(ESCAPED, "g");
/** Of JSON and JavaScript. */
const BY_CODE = /u([0-9a-f]{4})|x([0-9a-f]{2})/iy;
/** A character of HTML and XML by its number or name. */
const REFERENCE = /&(?:#x0*([0-9a-f]{1,6})|#0*([0-9]{1,7})|(amp|apos|gt|lt|nbsp|quot));?/iy;
/** One percent-encoded character of UTF-8, or a byte that is none. */
const PERCENT =
  /%(?:[c-d][0-9a-f]%[89ab][0-9a-f]|e[0-9a-f](?:%[89ab][0-9a-f]){2}|f[0-7](?:%[89ab][0-9a-f]){3}|[0-9a-f]{2})/iy;

const CONTROLS: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const NAMED: Readonly<Record<string, string>> = { amp: "&", apos: "'", gt: ">", lt: "<", nbsp: " ", quot: '"' };
/** Each can be written over in another: JSON in HTML in JSON, say. */
const MAX_LAYERS = 4;

function ofReference([whole, hex, decimal, named]: RegExpExecArray): string {
  if (named !== undefined) return NAMED[named.toLowerCase()] ?? "";
  const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
}

function ofPercent([whole]: RegExpExecArray): string {
  if (whole.length === 3) return String.fromCharCode(Number.parseInt(whole.slice(1), 16));
  const bytes = Buffer.from(whole.replaceAll("%", ""), "hex");
  const read = bytes.toString("utf8");
  return read.includes("\uFFFD") ? bytes.toString("latin1") : read;
}

/** Where an escape ends that begins at `from`, and what it means. */
type Escape = [to: number, sign: string];

function at(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from;
  return pattern.exec(text);
}

/** Once escaped or often over; a backslash that escapes nothing goes. */
function backslashes(text: string, from: number): Escape {
  let to = from + 1;
  while (text[to] === "\\") to++;
  const next = text[to] ?? "";
  const control = CONTROLS[next];
  if (control !== undefined) return [to + 1, control];
  const found = next === "u" || next === "x" ? at(BY_CODE, text, to) : null;
  if (!found) return [to, ""];
  return [to + found[0].length, String.fromCharCode(Number.parseInt(found[1] ?? found[2] ?? "", 16))];
}

function escapeAt(text: string, from: number): Escape | undefined {
  const sign = text[from];
  if (sign === "\\") return backslashes(text, from);
  // A form's blank; or the zeros between the letters of UTF-16.
  if (sign === "+") return [from + 1, " "];
  if (sign === "\0") return [from + 1, ""];
  // Most of these signs are only themselves, which costs less to see so.
  if (!(sign === "&" ? "#aglnqAGLNQ" : "0123456789abcdefABCDEF").includes(text[from + 1] ?? " ")) return undefined;
  const found = at(sign === "&" ? REFERENCE : PERCENT, text, from);
  return found ? [from + found[0].length, sign === "&" ? ofReference(found) : ofPercent(found)] : undefined;
}

/** Takes off one layer: calls `take` with each escape of a text, where it stands and what it means. */
function eachEscape(text: string, take: (from: number, to: number, sign: string) => void): void {
  BEGINS.lastIndex = 0;
  while (BEGINS.test(text)) {
    const from = BEGINS.lastIndex - 1;
    const found = escapeAt(text, from);
    if (!found) continue;
    take(from, ...found);
    BEGINS.lastIndex = found[0];
  }
}

/** Whether something may be written otherwise in it than it is meant. */
export const mayBeEscaped = (text: string): boolean => ESCAPED.test(text);

/** What a text means, whichever ways of escaping it uses, over each other too. */
export function meaningOf(text: string): string {
  let meant = text;
  for (let layer = 0; layer < MAX_LAYERS && mayBeEscaped(meant); layer++) {
    const before = meant;
    let done = 0;
    meant = "";
    eachEscape(before, (from, to, sign) => {
      meant += before.slice(done, from) + sign;
      done = to;
    });
    meant += before.slice(done);
    if (meant === before) break;
  }
  return meant;
}

function oneLayer(text: string): [meant: string, places: Uint32Array] {
  const places = new Uint32Array(text.length + 1);
  let meant = "";
  let done = 0;
  const copyTo = (end: number) => {
    for (let at = done; at < end; at++) places[meant.length + at - done] = at;
    meant += text.slice(done, end);
  };
  eachEscape(text, (from, to, sign) => {
    copyTo(from);
    places.fill(from, meant.length, meant.length + sign.length);
    meant += sign;
    done = to;
  });
  copyTo(text.length);
  places[meant.length] = text.length;
  return [meant, places.slice(0, meant.length + 1)];
}

/** Where in a text each character of its meaning begins, and at the end where the text ends. */
export function placesOfMeaning(text: string): Uint32Array {
  let meant = text;
  let places = Uint32Array.from({ length: text.length + 1 }, (_, at) => at);
  for (let layer = 0; layer < MAX_LAYERS && mayBeEscaped(meant); layer++) {
    const [next, from] = oneLayer(meant);
    if (next === meant) break;
    const before = places;
    places = from.map((at) => before[at] ?? 0);
    meant = next;
  }
  return places;
}
