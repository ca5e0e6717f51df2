import { isUtf8 } from "node:buffer";
import { InputError } from "../errors.js";
import { findHostile } from "../schemas/hostile.js";
import { describeFault } from "./json-fault.js";

/** Brackets, commas and colons of one document: a few bytes of text can become a hundred in memory. */
const MAX_TOKENS = 4_000_000;
const COUNTED_FROM = 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const malformed = (message: string) => new InputError(400, "malformed", message);

/** Whether the document has more brackets, commas and colons than are allowed; strings are skipped. */
function hasTooManyTokens(bytes: Buffer): boolean {
  let tokens = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      do {
        at = bytes.indexOf(QUOTE, at + 1);
        if (at < 0) return false;
      } while (isEscaped(bytes, at));
    } else if (byte === 0x2c || byte === 0x3a || byte === 0x5b || byte === 0x7b /* , : [ { */) {
      if (++tokens > MAX_TOKENS) return true;
    }
  }
  return false;
}

function isEscaped(bytes: Buffer, at: number): boolean {
  let backslashes = 0;
  while (bytes[at - 1 - backslashes] === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

/**
 * Parses a JSON document. Throws InputError: 400 when it is none (naming the place, quoting nothing) or is no UTF-8,
 * 422 when it is nested too deep, too rich in parts, or names `__proto__`.
 */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw malformed("The body is not valid UTF-8.");
  const hasMark = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const text = bytes.toString("utf8", hasMark ? 3 : 0);
  if (bytes.length > COUNTED_FROM && hasTooManyTokens(bytes)) {
    throw new InputError(422, "too_complex", `The JSON has more than ${MAX_TOKENS} brackets, commas and colons.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed(`The JSON is malformed ${describeFault(text)}.`);
  }
  if (typeof value !== "object" || value === null) return value;
  const hostile = findHostile(value);
  if (hostile) throw InputError.invalid([hostile]);
  return value;
}
