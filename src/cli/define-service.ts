import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { ServerOptions } from "./context.js";
import type { MoveOptions } from "./move.js";
import { type Finish, onServer, wholeNumber, withHelp, withServer } from "./program.js";
import type { SendOptions } from "./send.js";
import type { ServeOptions } from "./serve.js";

const SEND_HELP = `
FILE is NDJSON (.ndjson, .jsonl: one event a line), JSON (.json: a list of events, up to 64 MiB), CSV (.csv, .tsv) or
XLSX (.xlsx, up to 32 MiB). - reads standard input: NDJSON, or what --format says.

CSV and XLSX have a heading with the names of an event's fields; capitals, spaces, dashes and underscores do not matter:
  id customer order barcode container statusCode status statusTime reference comment oldLead newLead verifier
  documentUrl source leg, descriptions.nl (any language), location.text location.latitude …, reason.code …,
  replacement.trackingNumber …, file.id, details.recipient.name … (any detail of the order), details.extra.NAME
ON TIME's own names mean the same: statuscode statustime statusNL statusFR statusEN referentie oldlead newlead.
pictures and documents hold one data URI or a JSON list, signature and signedby one signature, callbackUrls addresses
with spaces between them. Empty cells are left out. The delimiter is , ; tab or |, as the heading shows. A date of a
spreadsheet is taken in the customer's time zone.

Sending again is safe. An event with an id is published once. An event without one gets an id from what its line says,
and for lines that say the same from how many came before in the input. So after an interruption, or when refused lines
were put right, or lines were added: send the whole input again, and only what is new is published. Two inputs that hold
the very same line publish it once; to tell a customer again what was told already, use: waybell deliveries replay`;

function duration(text: string): number {
  const [, number, unit] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError("It must be a duration such as 30s, 5m or 1h.");
  return Number(number) * (unit === "s" ? 1000 : unit === "m" ? 60_000 : 3_600_000);
}

const processes = (text: string): number => (text === "auto" ? availableParallelism() : wholeNumber(1, 256)(text));

function defineSend(program: Command, finish: Finish): void {
  const command = program
    .command("send <FILE>")
    .description("publish the status changes of a file")
    .option("--format <format>", "ndjson, json, csv or xlsx, where the name does not tell")
    .option("--customer <id>", "customer of the events that name none")
    .option("--source <name>", "source of the events that name none, such as XLS")
    .option("--refused <file>", "write the refused lines to this file, to be put right and sent")
    .option("--encoding <name>", "of CSV: utf-8 or windows-1252", "utf-8")
    .option("--delimiter <character>", "of CSV, where the heading does not show it")
    .option("--sheet <name>", "of XLSX: the sheet to read, else the first")
    .option("--ignore-columns <names>", "of CSV and XLSX: columns to leave out, with commas between them", "")
    .option("--concurrency <number>", "sets of 500 events on their way at the same time", wholeNumber(1, 32), 4)
    .option("--give-up-after <duration>", "how long to try again while the server takes nothing", duration, 300_000)
    .option("--json", "print the summary as JSON", false);
  withHelp(
    withServer(command),
    [
      "waybell send day.ndjson",
      "waybell send export.csv --customer acme --source XLS --refused refused.ndjson",
      "tms-export | waybell send -",
    ],
    SEND_HELP,
  );
  type Given = Omit<SendOptions, "ignoreColumns" | "giveUpAfterMs"> &
    ServerOptions & { ignoreColumns: string; giveUpAfter: number };
  command.action(async (file: string, given: Given) => {
    const [{ runSend }, { interruptSignal }] = await Promise.all([import("./send.js"), import("./interrupt.js")]);
    const names = given.ignoreColumns.split(",").filter((name) => name.trim() !== "");
    const options: SendOptions = { ...given, ignoreColumns: names, giveUpAfterMs: given.giveUpAfter };
    try {
      finish(await onServer(given, (client) => runSend(file, options, client, process, interruptSignal())));
    } finally {
      // Standard input that was left in the middle would keep the process waiting for its next byte.
      if (file === "-") process.stdin.destroy();
    }
  });
}

const MIGRATE_HELP = `
Without options: what serve does at its start as well. The service on a SQLite file must not be running.

With --from and --to: moves a SQLite file that was outgrown to an empty PostgreSQL, with its history and all that waits,
under the same ids and file names. SECRETS_KEYS must hold the file's keys. What is interrupted, or killed, goes on where
it was when the same command is run again. Meanwhile neither can be served, and afterwards only the PostgreSQL: two
services would send what waits twice. --undo lets the file be served again. A password on the command line can be seen by
other users of this machine: name the PostgreSQL by DATABASE_URL, and leave --to out.`;

function defineMigrate(program: Command, finish: Finish): void {
  const command = program
    .command("migrate")
    .description("bring the database to the newest schema; move a SQLite file to a PostgreSQL")
    .option("--from <address>", "the SQLite file to move, such as file:data/waybell.db")
    .option("--to <address>", "the PostgreSQL to move it to: postgresql://user:password@host/name?schema=waybell")
    .option("--undo", "with --from: let a file that was moved be served again", false)
    .option("--json", "print the rows of each table as JSON", false);
  withHelp(
    command,
    [
      "waybell migrate",
      'SECRETS_KEYS="$(paste -sd, data/secrets.keys)" waybell migrate --from file:data/waybell.db --to postgresql://…',
      "waybell migrate --from file:data/waybell.db --undo",
    ],
    MIGRATE_HELP,
    false,
  );
  command.action(async (options: MoveOptions) => {
    const moves = options.from !== undefined || options.to !== undefined || options.undo;
    if (moves) finish(await (await import("./move.js")).runMove(options));
    else finish(await (await import("./serve.js")).migrateDatabase());
  });
}

/** Adds `serve`, `migrate`, `demo` and `send`. */
export function defineService(program: Command, finish: Finish): void {
  const serve = program
    .command("serve")
    .description("run the service: the API, the database and the delivering")
    .addOption(
      new Option("--role <role>", "what this process does: take events in (api), send them (worker), or both")
        .choices(["all", "api", "worker"])
        .default("all"),
    )
    .option("--concurrency <number>", "lanes that are worked at the same time in one process", wholeNumber(1, 100_000))
    .option("--processes <number>", "processes on one port; auto: one per core", processes);
  withHelp(
    serve,
    [
      "waybell serve",
      "PORT=80 HOST=0.0.0.0 DATABASE_URL=file:/var/lib/waybell/waybell.db waybell serve",
      "DATABASE_URL=postgresql://… REDIS_URL=redis://… waybell serve --role worker --processes auto",
    ],
    `With PostgreSQL and Redis any number of processes run together, on any number of machines (docs/operations.md).
Settings come from the environment (.env.example lists them all). SIGTERM or SIGINT stops it within 10 s: what is on
its way is finished or given back. A second one stops it at once.`,
    false,
  );
  serve.action(async (options: ServeOptions) => finish(await (await import("./serve.js")).serve(options)));

  defineMigrate(program, finish);
  defineSend(program, finish);

  const demo = program
    .command("demo")
    .description("show everything on this machine, with receivers of its own and a day of status changes")
    .option("--keep", "leave it running afterwards, to look around", false);
  withHelp(
    demo,
    ["waybell demo", "waybell demo --keep"],
    "Exit code 0 only if every event arrived where it should.",
    false,
  );
  demo.action(async (options: { keep: boolean }) => finish(await (await import("./demo/index.js")).runDemo(options)));
}
