import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { InputError } from "../errors.js";
import { refusal } from "../schemas/rules/rules.js";
import type { Clock } from "../types.js";
import type { BodyBudget } from "./body-budget.js";
import { busy, RefusalError } from "./problems.js";

/** Longest silence of a client that is sending or reading. */
export const IDLE_MS = 30_000;
/** A body of bounded length must be there by then, however steadily it drips. */
const TOTAL_MS = 300_000;

export interface BodyLimits {
  readonly maxBytes: number;
  /** What one can do who has more, after "The request is larger than … bytes". */
  readonly hint: string;
  readonly budget: BodyBudget;
  readonly clock: Clock;
}

/** A body that was read whole, and the bytes of the budget that it holds until the request is answered. */
export interface ReadBody {
  readonly bytes: Buffer;
  readonly reserved: number;
}

/** A 413 that names the most that is taken; `hint` says of what, after a comma. */
export function tooLarge(maxBytes: number, hint: string): InputError {
  const mebibytes = Math.round((maxBytes / 1024 / 1024) * 100) / 100;
  const told = refusal("body_large", { mebibytes, bytes: maxBytes });
  return InputError.tooLarge({ ...told, message: told.message + hint });
}

export function clientTooSlow(): RefusalError {
  return new RefusalError(408, "timeout", refusal("body_late"), { connection: "close" });
}

const outOfBudget = () => busy(refusal("bytes_under_way"));

/**
 * Reads a body whole, within its bounds of length, silence and total time. Throws 413, 408, 503 (too many bytes under way
 * in the process) or 400 (shorter than announced, or broken off).
 */
export async function readBody(raw: Readable, announced: number | null, limits: BodyLimits): Promise<ReadBody> {
  const { maxBytes, hint, budget, clock } = limits;
  if (announced !== null && announced > maxBytes) throw tooLarge(maxBytes, hint);
  let reserved = announced ?? 0;
  if (!budget.take(reserved)) throw outOfBudget();
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      let cancelIdle = clock.after(IDLE_MS, () => settle(clientTooSlow()));
      const cancelTotal = clock.after(TOTAL_MS, () => settle(clientTooSlow()));
      function settle(error?: Error): void {
        cancelIdle();
        cancelTotal();
        raw.off("data", onData).off("end", onEnd).off("close", onBroken).off("error", onBroken);
        raw.on("error", () => {});
        if (error) reject(error);
        else resolve();
      }
      function onData(chunk: Buffer): void {
        cancelIdle();
        cancelIdle = clock.after(IDLE_MS, () => settle(clientTooSlow()));
        length += chunk.length;
        if (length > maxBytes) {
          settle(tooLarge(maxBytes, hint));
          return;
        }
        if (length > reserved) {
          if (!budget.take(length - reserved)) {
            settle(outOfBudget());
            return;
          }
          reserved = length;
        }
        chunks.push(chunk);
      }
      const broken = () => Object.assign(new Error("body broken off"), { code: "FST_ERR_CTP_INVALID_CONTENT_LENGTH" });
      const onEnd = () => settle(announced !== null && announced !== length ? broken() : undefined);
      // Also an "aborted" of Node's: what a client breaks off is no fault of Waybell's, and no incident.
      const onBroken = () => settle(broken());
      raw.on("data", onData).on("end", onEnd).on("close", onBroken).on("error", onBroken);
    });
  } catch (error) {
    budget.give(reserved);
    throw error;
  }
  return { bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length), reserved };
}

/** The length that a request announces; null for one that does not say. */
export function announcedLength(raw: IncomingMessage): number | null {
  const value = raw.headers["content-length"];
  return value === undefined ? null : Number(value);
}
