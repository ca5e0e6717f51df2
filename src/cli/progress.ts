import { cleanLines, truncate } from "./table.js";

const REDRAW_MS = 100;
const PLAIN_MS = 5000;
const WINDOW_MS = 10_000;
const BAR_WIDTH = 24;

/** Where progress is drawn: standard error, or what a test hands in. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface ProgressOptions {
  readonly stream: ProgressStream;
  readonly clock: { monotonic(): number };
  /** What is counted, such as `events`. */
  readonly unit: string;
}

export interface Progress {
  /** `fraction`: how much of the whole is done, 0 to 1; null when nobody knows. `note` stands at the end. */
  update(done: number, fraction: number | null, note?: string): void;
  /** A line of its own, above the bar. */
  print(text: string): void;
  /** Draws the last state and leaves it standing. */
  finish(): void;
}

/** A whole number with a comma between thousands. */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Such as `45s`, `2m10s` or `1h05m`. */
export function shortDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  const two = (value: number) => String(value).padStart(2, "0");
  return minutes < 60 ? `${minutes}m${two(seconds % 60)}s` : `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
}

function bar(fraction: number): string {
  const full = Math.floor(fraction * BAR_WIDTH);
  return `${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)} ${String(Math.floor(fraction * 100)).padStart(3)} %`;
}

/** A bar with count, rate and remaining time on a terminal; elsewhere a plain line every five seconds. */
export function createProgress({ stream, clock, unit }: ProgressOptions): Progress {
  const live = stream.isTTY === true;
  const startedAt = clock.monotonic();
  let drawnAt = live ? Number.NEGATIVE_INFINITY : startedAt;
  let last: { done: number; fraction: number | null; note: string } | null = null;
  let samples: { at: number; done: number }[] = [{ at: startedAt, done: 0 }];
  let standing = false;

  function rate(now: number, done: number): number {
    samples = [...samples.filter((sample, at) => at === samples.length - 1 || now - sample.at < WINDOW_MS)];
    const first = samples[0];
    if (samples.length === 0 || now - (samples.at(-1)?.at ?? 0) >= REDRAW_MS) samples.push({ at: now, done });
    return first && now > first.at ? ((done - first.done) * 1000) / (now - first.at) : 0;
  }

  function text(now: number): string {
    if (!last) return "";
    const { done, fraction, note } = last;
    const left =
      fraction !== null && fraction > 0 && fraction < 1
        ? `${shortDuration(((now - startedAt) * (1 - fraction)) / fraction)} left`
        : "";
    const parts = [`${count(done)} ${unit}`, `${count(rate(now, done))}/s`, left, note];
    if (fraction !== null) parts.unshift(live ? bar(fraction) : `${Math.floor(fraction * 100)} %`);
    return parts.filter((part) => part !== "").join(live ? "  " : ", ");
  }

  function draw(now: number): void {
    drawnAt = now;
    const line = text(now);
    if (live) stream.write(`\r${truncate(line, (stream.columns || 80) - 1)}\x1b[K`);
    else stream.write(`${line}\n`);
    standing = live;
  }

  return {
    update(done, fraction, note = "") {
      last = { done, fraction: fraction === null ? null : Math.min(1, Math.max(0, fraction)), note };
      const now = clock.monotonic();
      if (now - drawnAt >= (live ? REDRAW_MS : PLAIN_MS)) draw(now);
    },
    print(line) {
      const lines = cleanLines(line).join("\n");
      stream.write(standing ? `\r\x1b[K${lines}\n` : `${lines}\n`);
      if (standing) draw(clock.monotonic());
    },
    finish() {
      if (!live || !last) return;
      draw(clock.monotonic());
      stream.write("\n");
      standing = false;
    },
  };
}
