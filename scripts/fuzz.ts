// Tries what others can send to Waybell with made-up values, many of each, and says what it found.
import { parseArgs } from "node:util";
import { type FuzzReport, fuzz } from "../test/fuzz/fuzz.js";
import { fuzzTargets } from "../test/fuzz/targets.js";

const HELP = `npm run fuzz -- [--cases N] [--seed N] [--target NAME ...]

Exit code 0 only if nothing was found. The last line is the report as JSON.

  --cases N       of each target (100000)
  --seed N        tries the same cases again
  --target NAME   this one alone; may be given several times:
${fuzzTargets.map(({ name, holds }) => `    ${name.padEnd(12)} ${holds}`).join("\n")}
`;
const TELL_EVERY_MS = 2_000;

function progress(name: string, cases: number) {
  const start = performance.now();
  let tried = 0;
  let told = start;
  return () => {
    tried++;
    const now = performance.now();
    if (now - told < TELL_EVERY_MS) return;
    told = now;
    const left = ((now - start) / tried) * (cases - tried);
    process.stderr.write(`${name}: ${tried} of ${cases}, ${Math.round(left / 1000)} s to go\n`);
  };
}

function describe({ target, cases, seed, ms, found }: FuzzReport): string {
  const end = found === null ? "nothing found" : `FOUND ${found}`;
  return `${target.padEnd(12)} ${cases} cases from the seed ${seed} in ${(ms / 1000).toFixed(1)} s: ${end}`;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      cases: { type: "string", default: "100000" },
      seed: { type: "string" },
      target: { type: "string", multiple: true },
      help: { type: "boolean" },
    },
  });
  const cases = Number(values.cases);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const chosen = fuzzTargets.filter(({ name }) => values.target?.includes(name) ?? true);
  const unknown = values.target?.filter((name) => !chosen.some((one) => one.name === name)) ?? [];
  if (values.help || !(cases > 0) || !Number.isInteger(cases) || !Number.isInteger(seed) || unknown.length > 0) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  const reports: FuzzReport[] = [];
  for (const target of chosen) {
    const report = await fuzz(target, { cases, seed, onCase: progress(target.name, cases) });
    process.stdout.write(`${describe(report)}\n`);
    reports.push(report);
  }
  const found = reports.filter((report) => report.found !== null).length;
  process.stdout.write(`${JSON.stringify({ fuzz: reports.map(({ ms: _ms, ...rest }) => rest), found })}\n`);
  return found === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exit(1);
  },
);
