import { createRequire } from "node:module";
import { type Logger, pino } from "pino";
import { createBlockWriter } from "./block-writer.js";
import type { LogLevel } from "./config.js";

export type { Logger } from "pino";

let lastTime = 0;
let lastText = "";

/** The time of a line; kept, because many lines are of the same millisecond. */
function timeMember(): string {
  const now = Date.now();
  if (now !== lastTime) {
    lastTime = now;
    lastText = `,"time":"${new Date(now).toISOString()}"`;
  }
  return lastText;
}

// Within a JSON line controls stand escaped, but for DEL, C1 and the marks that turn the reading direction; an escaped
// backslash is met first, so that what follows it is no escape. Line feeds and tabs are made of spaces where they are shown.
const CONTROLS =
  /(\\\\)|\\u00[01][0-9a-f]|\\[bfr]|[\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A JSON line that can be shown on a terminal: nothing of what others have written can steer it. */
export function withoutControls(line: string): string {
  return line.replace(CONTROLS, (found, backslash?: string) => (backslash === undefined ? "\ufffd" : found));
}

/**
 * One wide JSON line per accepted event, per request and per attempt; on a terminal the same lines, readable. Only objects of
 * chosen fields are logged: pino's redaction does not look into nested ones.
 */
export function createLogger(level: LogLevel, terminal = process.stdout.isTTY === true): Logger {
  if (!terminal) {
    // sonic-boom can gather lines too, but copies all that it has gathered for each line (a quarter of what draining
    // allocated), and never ends when its reader is gone at exit.
    return pino({ level, base: null, timestamp: timeMember }, createBlockWriter(1));
  }
  // Loaded on a terminal only. In this thread, as what it makes readable is looked through before.
  const { prettyFactory } = createRequire(import.meta.url)("pino-pretty") as typeof import("pino-pretty");
  const readable = prettyFactory({ translateTime: "HH:MM:ss.l", ignore: "pid,hostname", singleLine: true });
  return pino({ level, base: null }, { write: (line) => void process.stdout.write(readable(withoutControls(line))) });
}
