import { basename } from "node:path";
import { systemClock } from "../clock.js";
import type { Clock } from "../types.js";
import type { Client } from "./client.js";
import { createIdGiver } from "./event-id.js";
import { ApiError, CliError, EXIT, type ExitCode, fieldLines } from "./fail.js";
import { count, createProgress, type Progress, type ProgressStream, shortDuration } from "./progress.js";
import { formatOf, readEvents } from "./read/index.js";
import { openSource, type SourceLine } from "./read/source.js";
import { type Refusal, type RefusedContent, refusedFile, requireOtherFile } from "./refused-file.js";
import { type LineResult, type OutgoingLine, sendSets } from "./send-sets.js";
import { clean, formatTable, printableJson } from "./table.js";

const LISTED_REFUSALS = 20;
const KEPT_REFUSALS = 1000;

/** The options of `waybell send`, as the command line gives them. */
export interface SendOptions {
  readonly format?: string;
  readonly customer?: string;
  readonly source?: string;
  readonly encoding: string;
  readonly delimiter?: string;
  readonly sheet?: string;
  readonly ignoreColumns: readonly string[];
  readonly refused?: string;
  readonly concurrency: number;
  readonly giveUpAfterMs: number;
  readonly json: boolean;
}

/** Where a command reads and writes; tests hand in their own. */
export interface Terminal {
  readonly stdin: AsyncIterable<Buffer>;
  readonly stdout: ProgressStream;
  readonly stderr: ProgressStream;
}

interface Totals {
  lines: number;
  published: number;
  duplicates: number;
  refused: number;
  deliveries: number;
}

function refusalText(name: string, refusal: Refusal): string {
  const head = `${name}, line ${refusal.line}: refused${refusal.title ? `: ${clean(refusal.title)}` : ""}`;
  const fields = fieldLines(refusal.errors).split("\n").filter(Boolean).map(clean);
  return [head, ...fields.map((field) => `  ${field.trimStart()}`)].join("\n");
}

/** Counts what became of each line, lists the first refusals and keeps the rest. */
function createReport(name: string, options: SendOptions, progress: Progress) {
  const totals: Totals = { lines: 0, published: 0, duplicates: 0, refused: 0, deliveries: 0 };
  const refusals: Refusal[] = [];
  const file = refusedFile(options.refused);
  let position: number | null = null;
  return {
    totals,
    refusals,
    file,
    refuse(refusal: Refusal, content: RefusedContent): void {
      totals.lines++;
      totals.refused++;
      if (refusals.length < KEPT_REFUSALS) refusals.push(refusal);
      file.write(refusal, content);
      if (totals.refused <= LISTED_REFUSALS) progress.print(refusalText(name, refusal));
    },
    settle(line: OutgoingLine, result: Exclude<LineResult, { outcome: "refused" }>): void {
      totals.lines++;
      if (result.outcome === "published") totals.published++;
      else totals.duplicates++;
      // A duplicate's deliveries were made when it was published.
      if (result.outcome === "published") totals.deliveries += result.deliveries;
      if (line.position !== null) position = Math.max(position ?? 0, line.position);
      progress.update(totals.lines, position, totals.refused > 0 ? `${count(totals.refused)} refused` : "");
    },
  };
}

/** Fills in what the command line gives for all events, and an id where there is none. */
function createOutgoing(options: SendOptions) {
  const giveId = createIdGiver();
  return (line: SourceLine & { event: Record<string, unknown> }): OutgoingLine => {
    const event: Record<string, unknown> = { ...line.event };
    if (options.customer !== undefined && event.customer === undefined) event.customer = options.customer;
    if (options.source !== undefined && event.source === undefined) event.source = options.source;
    const whole = event.id === undefined || event.id === "" ? { ...event, id: giveId(event) } : event;
    return {
      line: line.line,
      position: line.position,
      event: line.event,
      json: Buffer.from(`${JSON.stringify(whole)}\n`),
      sequenceKey: `${String(event.customer)}\u0000${String(event.order)}`,
    };
  };
}

function summaryTable({ published, duplicates, refused, deliveries }: Totals): string {
  const columns = ["published", "duplicates", "refused", "deliveries"].map((title) => ({
    title,
    align: "right" as const,
  }));
  return formatTable(columns, [[published, duplicates, refused, deliveries].map(count)], null);
}

function summaryNotes(totals: Totals, options: SendOptions): string[] {
  const notes: string[] = [];
  if (totals.refused > LISTED_REFUSALS) {
    notes.push(`${count(totals.refused - LISTED_REFUSALS)} more were refused than are listed above.`);
  }
  if (totals.refused > 0) {
    notes.push(
      options.refused === undefined
        ? "Put the refused lines right and send the file again: what was published is not published twice."
        : `The refused lines stand in ${options.refused}: put them right there and send that file.`,
    );
  }
  if (totals.published > 0 && totals.deliveries === 0) notes.push("No endpoint wanted any of these events.");
  return notes;
}

/** Asks one small thing first, so that a wrong key or a server that is not there is told before anything is read. */
async function knock(client: Client): Promise<void> {
  try {
    await client.items("/v1/customers", { limit: "1" }).next();
  } catch (error) {
    const refusedKey = error instanceof ApiError && (error.status === 401 || error.status === 403);
    if (!(error instanceof ApiError) || refusedKey) throw error;
  }
}

/** `waybell send`: publishes a file's events; resolves with the exit code. Throws CliError for what stops it. */
export async function runSend(
  file: string,
  options: SendOptions,
  client: Client,
  terminal: Terminal,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<ExitCode> {
  const format = formatOf(file, options.format);
  const source = await openSource(file, terminal.stdin);
  requireOtherFile(file, terminal.stdin, options.refused);
  await knock(client);
  const progress = createProgress({ stream: terminal.stderr, clock, unit: "events" });
  const name = file === "-" ? source.name : basename(file);
  const report = createReport(name, options, progress);
  const toOutgoing = createOutgoing(options);

  async function* outgoing(): AsyncGenerator<OutgoingLine> {
    const reading = { encoding: options.encoding, delimiter: options.delimiter ?? null, sheet: options.sheet ?? null };
    for await (const line of readEvents(source, format, { ...reading, ignoreColumns: options.ignoreColumns })) {
      if ("event" in line) yield toOutgoing(line);
      else report.refuse({ line: line.line, title: "", errors: line.errors }, { text: line.text });
    }
  }

  let failure: unknown = null;
  try {
    await sendSets(outgoing(), {
      client,
      clock,
      concurrency: options.concurrency,
      giveUpAfterMs: options.giveUpAfterMs,
      signal,
      onResult: (line, result) => {
        if (result.outcome === "refused") report.refuse({ line: line.line, ...result }, { event: line.event });
        else report.settle(line, result);
      },
      onRetry: (reason, ms) => progress.print(`${clean(reason)} Trying again in ${shortDuration(ms)}.`),
    });
  } catch (error) {
    failure = error;
  }
  progress.finish();
  await report.file.end();
  return summarize(report, options, terminal, failure, signal.aborted);
}

function summarize(
  report: ReturnType<typeof createReport>,
  options: SendOptions,
  terminal: Terminal,
  failure: unknown,
  interrupted: boolean,
): ExitCode {
  const { totals, refusals } = report;
  const complete = failure === null;
  if (options.json) {
    const lines = refusals.map(({ line, title, errors }) => ({ line, title, errors }));
    terminal.stdout.write(`${printableJson({ ...totals, complete, refusedLines: lines })}\n`);
  } else {
    terminal.stdout.write(`${[summaryTable(totals), ...summaryNotes(totals, options)].join("\n")}\n`);
  }
  if (!complete) {
    const again = "Run the same command again to publish the rest: what was published is not published twice.";
    if (interrupted) throw new CliError(EXIT.refused, `Interrupted. ${again}`, failure);
    // What is wrong with the file, or with what was asked, is so the next time too.
    const passing = failure instanceof CliError && failure.exitCode === EXIT.unreachable;
    if (passing) throw new CliError(failure.exitCode, `${failure.message}\n${again}`, failure);
    throw failure;
  }
  return totals.refused > 0 ? EXIT.refused : EXIT.fine;
}
