import { type Logger, pino } from "pino";
import type { LogLevel } from "./config.js";

export type { Logger } from "pino";

/**
 * One wide JSON line per accepted event, per request and per attempt; on a terminal the same lines, readable. Only objects of
 * chosen fields are logged: pino's redaction does not look into nested ones.
 */
export function createLogger(level: LogLevel, terminal = process.stdout.isTTY === true): Logger {
  if (!terminal) {
    // Written in blocks, off the hot road: a line for each attempt would otherwise be a system call for each.
    const destination = pino.destination({ fd: 1, sync: false, minLength: 16_000, periodicFlush: 500 });
    return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
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
