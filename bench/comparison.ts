import type { Spent } from "./child.js";
import { count, median, type Result, round, type Target, tell } from "./report.js";

/** How fast one side was. */
export interface Rate {
  readonly perSecond: number;
  /** Microseconds of the processor for each delivery. */
  readonly cpuMicros: number;
}

/** Both sides, one after the other. */
export interface Round {
  readonly bare: Rate;
  readonly waybell: Rate;
}

export function rateOf(deliveries: number, { ms, cpuMs }: Spent): Rate {
  return { perSecond: (deliveries / ms) * 1000, cpuMicros: (cpuMs * 1000) / deliveries };
}

/** One line of progress about a round. */
export function tellRound(name: string, { bare, waybell }: Round): void {
  const text = ({ perSecond, cpuMicros }: Rate) => `${count(perSecond)}/s (${Math.round(cpuMicros)} µs)`;
  tell(`${name}: bare ${text(bare)}, Waybell ${text(waybell)}`);
}

/** One row of a comparison. */
export interface Compared {
  readonly name: string;
  readonly rounds: readonly Round[];
  /** The least share of the bare rate. */
  readonly target: number;
}

function summaryOf(rounds: readonly Round[]) {
  const ratios = rounds.map(({ bare, waybell }) => waybell.perSecond / bare.perSecond);
  const middle = (pick: (round: Round) => number) => round(median(rounds.map(pick)));
  return {
    bare: middle(({ bare }) => bare.perSecond),
    waybell: middle(({ waybell }) => waybell.perSecond),
    ratio: round(median(ratios), 3),
    lowest: round(Math.min(...ratios), 3),
    highest: round(Math.max(...ratios), 3),
    bareCpuMicros: middle(({ bare }) => bare.cpuMicros),
    waybellCpuMicros: middle(({ waybell }) => waybell.cpuMicros),
  };
}

/** What a result says of rates: the median of the rounds' ratios, and how far they lie apart. */
export function comparison(
  compared: readonly Compared[],
): Pick<Result, "titles" | "rows" | "targets" | "ratio" | "rates"> {
  const found = compared.map(({ name, rounds, target }) => ({ name, target, ...summaryOf(rounds) }));
  return {
    titles: ["to", "bare/s", "Waybell/s", "ratio", "lowest", "highest", "bare µs", "Waybell µs"],
    rows: found.map((one) => [
      one.name,
      ...[one.bare, one.waybell].map(count),
      ...[one.ratio, one.lowest, one.highest].map((value) => value.toFixed(3)),
      ...[one.bareCpuMicros, one.waybellCpuMicros].map(String),
    ]),
    targets: found.map(
      ({ name, ratio, target }): Target => ({
        name: `of the bare rate, to ${name}`,
        measured: ratio,
        unit: "",
        atLeast: target,
      }),
    ),
    ratio: Math.min(...found.map(({ ratio }) => ratio)),
    rates: Object.fromEntries(found.map(({ name, target: _target, ...summary }) => [name, summary])),
  };
}
