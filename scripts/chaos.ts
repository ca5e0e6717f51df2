// Kills workers, APIs, Redis and PostgreSQL under load for as long as one likes, and counts what became of the events.
import { parseArgs } from "node:util";
import { chaos, describeReport } from "../test/support/chaos.js";

const HELP = `npm run chaos -- [--minutes N] [--seed N]

Starts PostgreSQL, Redis, two APIs and three workers, publishes through the APIs, and kills one of them every second or
so (Redis is emptied as well). Exit code 0 only if no accepted event was lost, none came under another id, and none
reached some of its endpoints only.

  --minutes N   how long (5)
  --seed N      the same kills in the same order
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { minutes: { type: "string", default: "5" }, seed: { type: "string" }, help: { type: "boolean" } },
  });
  const minutes = Number(values.minutes);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  if (values.help || !(minutes > 0) || !Number.isInteger(seed)) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  const report = await chaos({ seconds: minutes * 60, seed, say: (line) => process.stderr.write(`${line}\n`) });
  process.stdout.write(`${describeReport(report)}\n${JSON.stringify(report)}\n`);
  return report.losses + report.otherIds + report.halves === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  },
);
