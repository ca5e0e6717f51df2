import { randomFillSync } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
export type IdPrefix =
  | "evt"
  | "dlv"
  | "ep"
  | "alr"
  | "mail"
  | "clm"
  | "cb"
  | "bat"
  | "prc"
  | "mov"
  | "key"
  | "aud"
  | "pur"
  | "usr"
  | "ses";

let lastTime = 0;
/** What all ids of this millisecond begin with, and end with. */
let time = "";
let random = "";
let sequence = 0;

/** Asking the system for ten bytes costs as much as asking for a thousand. */
const pool = new Uint8Array(10 * 100);
let taken = pool.length;

function tenRandom(): Uint8Array {
  if (taken === pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  taken += 10;
  return pool.subarray(taken - 10, taken);
}

function base32(value: number, length: number): string {
  let text = "";
  for (let at = 0, rest = value; at < length; at++) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** Of an id: the characters of its time. */
const TIME = /^[a-z]+_([0-9a-hjkmnp-tv-z]{10})/;

/** When an id was made by the wall clock, epoch ms; null: it is not one of ours. */
export function timeOfId(id: string): number | null {
  const text = TIME.exec(id)?.[1];
  return text === undefined ? null : [...text].reduce((sum, character) => sum * 32 + ALPHABET.indexOf(character), 0);
}

/** What comes before every id of this prefix that was made at `ms` or later, and after every other. */
export const idFrom = (prefix: string, ms: number): string => `${prefix}_${base32(ms, 10)}`;

/**
 * A new id, such as `dlv_01k9…`: prefix, 10 characters of time, 6 of sequence, 10 random. Ids of one process sort in
 * the order in which they were made, even when the wall clock jumps back.
 */
export function newId(prefix: IdPrefix): string {
  const now = Date.now();
  if (now > lastTime) {
    lastTime = now;
    time = base32(now, 10);
    sequence = 0;
    random = Array.from(tenRandom(), (byte) => ALPHABET.charAt(byte % 32)).join("");
  }
  sequence++;
  return `${prefix}_${time}${base32(sequence, 6)}${random}`;
}
