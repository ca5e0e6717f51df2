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
  return pino({
    level,
    base: null,
    transport: {
      target: "pino-pretty",
      options: { translateTime: "HH:MM:ss.l", ignore: "pid,hostname", singleLine: true },
    },
  });
}
