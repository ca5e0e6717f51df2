import { write, writeSync } from "node:fs";

/** Lines are gathered up to so many characters, or for so long. */
const BLOCK = 16_000;
const FLUSH_MS = 500;
/** What waits for a reader that has stopped reading; beyond it lines are dropped and counted. */
const MAX_WAITING = 64 * 1024 * 1024;
const AGAIN_MS = 100;
/** Whoever read it is gone for good. */
const GONE: ReadonlySet<string> = new Set(["EPIPE", "EBADF"]);

/**
 * Writes lines to a file descriptor in blocks, off the hot road: one system call for a hundred lines. A reader that is
 * gone (EPIPE) ends the writing, not the process; a full disk is waited for. What is gathered is written at exit.
 */
export function createBlockWriter(fd: number): { write(line: string): void } {
  let lines: string[] = [];
  let length = 0;
  let underWay: Buffer | null = null;
  /** Whether the block is waiting to be tried again. */
  let refused = false;
  let dropped = 0;
  let broken = false;

  function next(): void {
    if (underWay || lines.length === 0 || broken) return;
    if (dropped > 0) lines.push(`{"level":40,"msg":"log lines dropped: nobody read them","dropped":${dropped}}\n`);
    dropped = 0;
    underWay = Buffer.from(lines.join(""));
    lines = [];
    length = 0;
    send(underWay);
  }

  function send(block: Buffer): void {
    refused = false;
    write(fd, block, (error, bytes) => {
      broken = error !== null && GONE.has(error.code ?? "");
      if (error && !broken) {
        // Such as a full disk: there will be room again.
        refused = true;
        setTimeout(send, AGAIN_MS, block).unref();
        return;
      }
      const rest = broken ? null : block.subarray(bytes);
      underWay = rest && rest.length > 0 ? rest : null;
      if (underWay) send(underWay);
      else if (length >= BLOCK) next();
    });
  }

  setInterval(next, FLUSH_MS).unref();
  process.once("exit", () => {
    if (broken) return;
    // A block under way is in the hands of another thread, which still writes it.
    let rest = Buffer.concat([...(refused && underWay ? [underWay] : []), Buffer.from(lines.join(""))]);
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
    } catch {
      // Nobody reads it, or there is no room.
    }
  });

  return {
    write(line) {
      if (broken) return;
      if (length >= MAX_WAITING) {
        dropped++;
        return;
      }
      lines.push(line);
      length += line.length;
      if (length >= BLOCK) next();
    },
  };
}
