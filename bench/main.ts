import { cluster } from "./cluster.js";
import { consolePages } from "./console.js";
import { drain } from "./drain.js";
import { endpoints } from "./endpoints.js";
import { flow } from "./flow.js";
import { ftp } from "./ftp.js";
import { hostile } from "./hostile.js";
import { latency } from "./latency.js";
import { memory } from "./memory.js";
import { type Options, readCommand, UsageError } from "./options.js";
import { isMet, print, type Result } from "./report.js";

interface Benchmark {
  readonly summary: string;
  run(options: Options): Promise<Result>;
}

const benchmarks: Readonly<Record<string, Benchmark>> = {
  drain: {
    summary: "sending 50,000 stored deliveries by HTTP, to one endpoint and to 100, and a bare loop",
    run: drain,
  },
  flow: { summary: "publishing by arrays of 500 and delivering at once by HTTP, and a bare loop", run: flow },
  latency: { summary: "200 requests a second of one event: from the request to the arrival", run: latency },
  ftp: { summary: "sending stored deliveries to vsftpd, and a bare loop of basic-ftp", run: ftp },
  memory: { summary: "the resident set with 1,000,000 waiting deliveries, and while they drain", run: memory },
  hostile: {
    summary: "the p95 of 80 healthy endpoints beside 20 that are hostile, each in another way, and without them",
    run: hostile,
  },
  endpoints: {
    summary: "the resident set with 10,000 endpoints at full load for five minutes, 500 of them hanging",
    run: endpoints,
  },
  console: {
    summary: "every page with 1,000,000 events, and the road with 20 viewers of the live overview and without",
    run: consolePages,
  },
  cluster: {
    summary: "several processes on PostgreSQL and Redis: against a BullMQ worker with Prisma, latency, a dead endpoint",
    run: cluster,
  },
};

const HELP = `npm run bench -- NAME [options]

Measures the built service, as a process of its own on a SQLite file (cluster: several on a PostgreSQL and a Redis that
it starts), and in the same run what it is compared with.
Prints a table; the last line is one JSON object.

${Object.entries(benchmarks)
  .map(([name, { summary }]) => `  ${name.padEnd(11)}${summary}`)
  .join("\n")}

  --quick          a short run, to see that it works
  --rounds N       rounds of each side; the median counts
  --count N        deliveries a round
  --rate N         hostile: events a second to all healthy receivers (160)
  --check          exit with 1 when a target is missed
  --part NAME      of cluster: peer, latency or dead alone; of console: pages or road; of hostile: broken, or calm
  --cli FILE       the built command line to measure (dist/cli.js)
  --profile FOLDER the service writes a CPU profile there when it stops
  --help           this text
`;

async function main(): Promise<number> {
  const { bench, check, options } = readCommand(process.argv.slice(2), Object.keys(benchmarks));
  const benchmark = bench === null ? undefined : benchmarks[bench];
  if (!benchmark) {
    process.stdout.write(HELP);
    return 0;
  }
  const result = await benchmark.run(options);
  print(result);
  return check && !result.targets.every(isMet) ? 1 : 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const usage = error instanceof UsageError;
    process.stderr.write(`${usage ? error.message : error instanceof Error ? error.stack : error}\n`);
    process.exit(usage ? 2 : 1);
  },
);
