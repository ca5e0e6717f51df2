import { Command, CommanderError, InvalidArgumentError } from "commander";
import type { ServerOptions } from "./context.js";
import { CliError, EXIT, type ExitCode } from "./fail.js";
import { cleanLines } from "./table.js";

/** Ends a command with its exit code. */
export type Finish = (code: ExitCode) => void;

const EXIT_CODES = `
Exit codes: 0 fine, 1 something was refused or failed, 2 wrong usage, 3 the server cannot be reached.`;

const SERVER = `
The server and its key: --url and --key, else WAYBELL_URL and WAYBELL_KEY, else the service on this machine, which
keeps both in the folder of its database. A key on the command line can be seen by other users of this machine.`;

/** Lines under the help of a command: examples, then what holds for all commands. */
export function withHelp(command: Command, examples: readonly string[], more = "", server = true): Command {
  const shown = examples.map((example) => `  $ ${example}`).join("\n");
  return command.addHelpText(
    "after",
    `${more ? `\n${more.trim()}\n` : ""}\nExamples:\n${shown}\n${server ? SERVER : ""}${EXIT_CODES}`,
  );
}

/** Adds the options of commands that speak to a server. */
export function withServer(command: Command): Command {
  return command
    .option("--url <address>", "address of the server, such as http://127.0.0.1:8080")
    .option("--key <key>", "the API key");
}

/** Parses an option that is a whole number. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Runs a command against a server; the client is loaded only then. */
export async function onServer(
  options: ServerOptions,
  run: (client: import("./client.js").Client) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { withClient } = await import("./context.js");
  return withClient(options, run);
}

/** Ends the process with one sentence where standard output cannot be written to. */
function outputFailed(error: NodeJS.ErrnoException): void {
  // `waybell deliveries list | head` closes the pipe early: that is no failure.
  if (error.code === "EPIPE") process.exit(EXIT.fine);
  process.stderr.write(`The output cannot be written (${error.code ?? error.message}).\n`);
  process.exit(EXIT.refused);
}

/**
 * A program without commands: it throws instead of ending the process, but for an output that cannot be written to, and
 * names near misses.
 */
export function createProgram(version: string): Command {
  // First, as a listener that throws would end the process with a stack.
  if (!process.stdout.listeners("error").includes(outputFailed)) process.stdout.prependListener("error", outputFailed);
  return new Command("waybell")
    .description("Tells each customer, in the way that this customer asked for, when the status of an order changes.")
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError("(Add --help for what there is.)")
    .exitOverride()
    .addHelpText("after", EXIT_CODES);
}

/** Errors whose message says all that there is to do. */
const PLAIN = ["StoreUnavailableError", "SecretError", "MoveError"];

const printable = (text: string) => cleanLines(text).join("\n");

/** What a failure says and which exit code it means; `null` for help and version, which say all themselves. */
export function explain(error: unknown): { text: string | null; code: ExitCode } {
  if (error instanceof CommanderError) {
    return { text: null, code: error.exitCode === 0 ? EXIT.fine : EXIT.usage };
  }
  if (error instanceof CliError) return { text: printable(error.message), code: error.exitCode };
  if (error instanceof Error && error.name === "ConfigError")
    return { text: printable(error.message), code: EXIT.usage };
  if (error instanceof Error && PLAIN.includes(error.name))
    return { text: printable(error.message), code: EXIT.refused };
  const { code, port } = (error ?? {}) as { code?: unknown; port?: unknown };
  if (code === "EADDRINUSE") {
    return { text: `Port ${port} is in use by another program: set PORT to another one.`, code: EXIT.refused };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: printable(text), code: EXIT.refused };
}
