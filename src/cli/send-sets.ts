import type { FieldError } from "../errors.js";
import type { Clock } from "../types.js";
import type { Client } from "./client.js";
import { ApiError, CliError, EXIT, readProblem } from "./fail.js";

const SET_LINES = 500;
const SET_BYTES = 4 * 1024 * 1024;
/** A slow input, such as `tail -f`, must not wait for a set to fill. */
const SET_WAIT_MS = 250;
const BACKOFF_MS = [500, 1000, 2000, 4000, 8000, 15_000];
const RETRYABLE = new Set([408, 425, 429, 502, 503, 504]);

/** One event on its way: its line in the input and its JSON. */
export interface OutgoingLine {
  readonly line: number;
  readonly position: number | null;
  readonly event: Readonly<Record<string, unknown>>;
  readonly json: Buffer;
  /** Lines with the same key are published in the order of the input. */
  readonly sequenceKey: string;
}

/** What became of one line. */
export type LineResult =
  | { readonly outcome: "published" | "duplicate"; readonly deliveries: number }
  | { readonly outcome: "refused"; readonly title: string; readonly errors: readonly FieldError[] };

export interface SendSetsOptions {
  readonly client: Pick<Client, "postLines">;
  readonly clock: Clock;
  readonly concurrency: number;
  /** How long to try again while nothing at all succeeds. */
  readonly giveUpAfterMs: number;
  readonly signal: AbortSignal;
  onResult(line: OutgoingLine, result: LineResult): void;
  /** A set could not be published and will be tried again after `ms`. */
  onRetry(reason: string, ms: number): void;
}

interface AnswerLine {
  readonly line?: unknown;
  readonly status?: unknown;
  readonly duplicate?: unknown;
  readonly deliveries?: unknown;
  readonly error?: unknown;
}

function resultOf(answer: AnswerLine): LineResult | null {
  const status = Number(answer.status);
  if (RETRYABLE.has(status)) return null;
  const deliveries = Number(answer.deliveries ?? 0);
  if (status < 300) return { outcome: answer.duplicate === true ? "duplicate" : "published", deliveries };
  const { title, detail, errors } = readProblem(answer.error);
  return { outcome: "refused", title: detail || title || `status ${status}`, errors };
}

function parseAnswer(line: string): AnswerLine {
  try {
    return JSON.parse(line) as AnswerLine;
  } catch {
    throw new CliError(
      EXIT.refused,
      `The server's answer is no NDJSON: is this the address of a Waybell? It began with ${JSON.stringify(line.slice(0, 60))}.`,
    );
  }
}

/** Posts lines and reports each result as it comes; returns those that have none yet, and why. */
async function postOnce(lines: readonly OutgoingLine[], options: SendSetsOptions) {
  const open = new Map(lines.map((line, at) => [at + 1, line]));
  const body = Buffer.concat(lines.map(({ json }) => json));
  let failure: unknown = null;
  try {
    await options.client.postLines(
      "/v1/events",
      body,
      (text) => {
        const answer = parseAnswer(text);
        const line = open.get(Number(answer.line));
        const result = line && resultOf(answer);
        if (!line || !result) return;
        open.delete(Number(answer.line));
        options.onResult(line, result);
      },
      options.signal,
    );
  } catch (error) {
    failure = error;
  }
  return { open: [...open.values()], failure };
}

/** Whether trying again may help: no answer came, or one that says so. */
function mayRetry(failure: unknown): boolean {
  if (failure instanceof ApiError) return RETRYABLE.has(failure.status);
  return !(failure instanceof CliError) || failure.exitCode === EXIT.unreachable;
}

function refuseAlone(line: OutgoingLine, failure: ApiError, options: SendSetsOptions): void {
  const { title, detail, errors } = failure.problem;
  options.onResult(line, { outcome: "refused", title: detail || title || `status ${failure.status}`, errors });
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener("abort", done);
  });
}

/** Since when nothing at all has succeeded; null while it does. */
interface Health {
  failingSince: number | null;
}

/** Publishes one set to the end: what has no result is posted again until it has one. Throws what cannot be mended. */
async function publishSet(set: readonly OutgoingLine[], options: SendSetsOptions, health: Health) {
  let lines = set;
  for (let tries = 0; lines.length > 0; ) {
    const { open, failure } = await postOnce(lines, options);
    options.signal.throwIfAborted();
    if (open.length < lines.length) {
      tries = 0;
      health.failingSince = null;
    }
    lines = open;
    if (lines.length === 0) return;
    if (failure instanceof ApiError && failure.status === 413) {
      // A proxy in between may take less at once than the server does.
      const [first, ...others] = lines;
      if (first && others.length === 0) return refuseAlone(first, failure, options);
      const half = Math.ceil(lines.length / 2);
      await publishSet(lines.slice(0, half), options, health);
      return publishSet(lines.slice(half), options, health);
    }
    if (failure !== null && !mayRetry(failure)) throw failure;
    const reason = failure === null ? "the server did not answer for every line" : firstLine(failure);
    health.failingSince ??= options.clock.monotonic();
    if (options.clock.monotonic() - health.failingSince > options.giveUpAfterMs) {
      throw new CliError(EXIT.unreachable, `Gave up: ${reason}`, failure);
    }
    const asked = failure instanceof ApiError ? (failure.retryAfterMs ?? 0) : 0;
    const wait = Math.max(BACKOFF_MS[Math.min(tries, BACKOFF_MS.length - 1)] ?? 0, Math.min(asked, 60_000));
    tries++;
    options.onRetry(reason, wait);
    await pause(options.clock, wait, options.signal);
    options.signal.throwIfAborted();
  }
}

function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error);
}

/** One of several that publish at the same time: gathers lines into sets and publishes one set after the other. */
function createSender(options: SendSetsOptions, health: Health, onFailure: (error: unknown) => void) {
  let gathered: OutgoingLine[] = [];
  let bytes = 0;
  let busy: Promise<void> = Promise.resolve();
  let running = false;
  let cancelTimer: () => void = () => {};

  function start(): void {
    cancelTimer();
    const set = gathered;
    gathered = [];
    bytes = 0;
    running = true;
    busy = publishSet(set, options, health)
      .catch(onFailure)
      .then(() => {
        running = false;
        if (gathered.length > 0 && !options.signal.aborted) start();
      });
  }

  const isFull = () => gathered.length >= SET_LINES || bytes >= SET_BYTES;

  return {
    /** Takes a line; resolves when there is room for the next. */
    async add(line: OutgoingLine): Promise<void> {
      gathered.push(line);
      bytes += line.json.length;
      if (running) {
        while (isFull() && running && !options.signal.aborted) await busy;
      } else if (isFull()) start();
      else if (gathered.length === 1) {
        cancelTimer = options.clock.after(SET_WAIT_MS, () => {
          if (!running && gathered.length > 0) start();
        });
      }
    },
    /** Publishes what is left. */
    async end(): Promise<void> {
      if (!running && gathered.length > 0 && !options.signal.aborted) start();
      while (running) await busy;
      cancelTimer();
    },
  };
}

function spread(key: string, over: number): number {
  let hash = 0;
  for (let at = 0; at < key.length; at++) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0;
  return Math.abs(hash) % over;
}

/** Yields what the input yields, and throws at once when the signal aborts, even while the input itself is waiting. */
async function* untilAborted<T>(input: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = input[Symbol.asyncIterator]();
  const aborted = new Promise<never>((_, reject) => {
    const fail = () => reject(signal.reason);
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
  aborted.catch(() => {});
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // Not awaited: an input that waits for its next byte would hold this up.
    if (signal.aborted) iterator.return?.().catch(() => {});
  }
}

/**
 * Publishes every line, several sets at a time, reading on only when there is room. Lines of one order stay in their
 * order. Resolves when every line has its result; throws the first thing that cannot be mended, or the signal's reason.
 */
export async function sendSets(lines: AsyncIterable<OutgoingLine>, options: SendSetsOptions): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const health: Health = { failingSince: null };
  const inner = { ...options, signal };
  const senders = Array.from({ length: options.concurrency }, () =>
    createSender(inner, health, (error) => stop.abort(error)),
  );
  try {
    for await (const line of untilAborted(lines, signal)) {
      await senders[spread(line.sequenceKey, senders.length)]?.add(line);
    }
  } finally {
    await Promise.all(senders.map((sender) => sender.end()));
  }
  signal.throwIfAborted();
}
