import { createHash } from "node:crypto";
import { canonicalJson } from "../canonical-json.js";

/** Digits of the hash that tell lines of one input apart; 48 bits keep the table small for millions of lines. */
const SEEN_DIGITS = 12;

/**
 * Gives ids to the events of one input that have none: the hash of what the line says, and for the second and later
 * lines that say the same, how many came before. The id of a line depends on no other text, so that a file which was
 * sent in part, then corrected or added to, can be sent again and publishes only what is new.
 */
export function createIdGiver(): (event: Readonly<Record<string, unknown>>) => string {
  const seen = new Map<number, number>();
  return (event) => {
    const hash = createHash("sha256").update(canonicalJson(event)).digest("hex");
    const key = Number.parseInt(hash.slice(0, SEEN_DIGITS), 16);
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    return `line-${hash.slice(0, 40)}${times === 1 ? "" : `-${times}`}`;
  };
}
