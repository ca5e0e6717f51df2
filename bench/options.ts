import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** What a benchmark is told on the command line. */
export interface Options {
  /** A short run: says little about speed, much about whether the benchmark works. */
  readonly quick: boolean;
  /** null: the benchmark's own number. */
  readonly rounds: number | null;
  /** Deliveries a round; null: the benchmark's own number. */
  readonly count: number | null;
  /** Events a second, where a benchmark sends at a fixed rate; null: the benchmark's own number. */
  readonly rate: number | null;
  /** The built command line that is measured. */
  readonly cli: string;
  /** The only part to measure; null: all. */
  readonly part: string | null;
  /** Where the service writes a CPU profile when it stops. */
  readonly profile: string | null;
}

export interface Command {
  /** null: only help is asked for. */
  readonly bench: string | null;
  /** Exit with 1 when a target is missed. */
  readonly check: boolean;
  readonly options: Options;
}

export class UsageError extends Error {
  override readonly name = "UsageError";
}

function wholeNumber(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--${name} must be a whole number from 1 on, not "${text}".`);
}

/** Reads the command line. Throws UsageError. */
export function readCommand(args: readonly string[], names: readonly string[]): Command {
  const { values, positionals } = parse(args);
  const [bench, ...more] = positionals;
  const known = `one of ${names.join(", ")}`;
  if (more.length > 0) throw new UsageError(`Name ${known}; not "${positionals.join(" ")}".`);
  if (bench !== undefined && !names.includes(bench))
    throw new UsageError(`There is no benchmark "${bench}": name ${known}.`);
  if (bench === undefined && !values.help) throw new UsageError(`Name ${known}; --help says more.`);
  return {
    bench: values.help ? null : (bench ?? null),
    check: values.check,
    options: {
      quick: values.quick,
      rounds: wholeNumber("rounds", values.rounds),
      count: wholeNumber("count", values.count),
      rate: wholeNumber("rate", values.rate),
      cli: values.cli === undefined ? fileURLToPath(new URL("../dist/cli.js", import.meta.url)) : resolve(values.cli),
      part: values.part ?? null,
      profile: values.profile === undefined ? null : resolve(values.profile),
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h", default: false },
        quick: { type: "boolean", default: false },
        check: { type: "boolean", default: false },
        rounds: { type: "string" },
        count: { type: "string" },
        rate: { type: "string" },
        cli: { type: "string" },
        part: { type: "string" },
        profile: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
