import { availableParallelism, loadavg } from "node:os";

/** Writes a line of progress. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** The middle value; of an even number of them, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[(sorted.length >> 1) - 1] ?? Number.NaN)) / 2;
}

/** The value that `share` (0 to 1) of them do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export const round = (value: number, digits = 0): number => Number(value.toFixed(digits));

/** A whole number with a comma between thousands. */
export const count = (value: number): string => Math.round(value).toLocaleString("en-US");

/** Something that was promised, and what was measured. */
export interface Target {
  readonly name: string;
  readonly measured: number;
  readonly unit: string;
  /** Both bounds that are given hold. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** What a benchmark has found. */
export interface Result {
  readonly bench: string;
  readonly comparedWith: string;
  readonly rounds: number;
  /** How it was measured, in a line each. */
  readonly conditions: readonly string[];
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly targets: readonly Target[];
  /** Of comparisons: the rate of Waybell by the bare one; of several, the lowest. */
  readonly ratio?: number;
  readonly rates?: Readonly<Record<string, object>>;
  readonly figures: Readonly<Record<string, unknown>>;
}

export function isMet({ measured, atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY }: Target) {
  return measured >= atLeast && measured <= atMost;
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [titles, ...rows];
  const widths = titles.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd();
  return [line(titles), widths.map((width) => "─".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

function targetLine(target: Target): string {
  const { name, measured, unit, atLeast, atMost } = target;
  const bound = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
  return `${isMet(target) ? "met   " : "MISSED"}  ${name}: ${measured}${unit}, target ${bound}${unit}`;
}

const loads = (): string =>
  loadavg()
    .map((load) => load.toFixed(2))
    .join(" ");
const loadAtStart = loads();

/** Prints the table, the targets and, as the last line, all of it as one JSON object. */
export function print(result: Result): void {
  const { bench, comparedWith, rounds, ratio, rates, figures, targets } = result;
  const machine = { cores: availableParallelism(), node: process.versions.node, platform: process.platform };
  const load = `load average ${loadAtStart} at the start, ${loads()} at the end`;
  const about = [
    ...result.conditions,
    `Compared with: ${comparedWith}`,
    `${machine.cores} cores, Node ${machine.node}, ${machine.platform}; ${load}`,
  ];
  const lines = [
    "",
    table(result.titles, result.rows),
    "",
    ...about.map((line) => `  ${line}`),
    "",
    ...targets.map(targetLine),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  const met = targets.every(isMet);
  const json = { bench, ratio, met, rates, ...figures, comparedWith, rounds, ...machine, load: [loadAtStart, loads()] };
  process.stdout.write(`${JSON.stringify(json)}\n`);
}
