import type { IncomingMessage } from "node:http";
import { InputError, StoreUnavailableError } from "../errors.js";
import type { Problem } from "../schemas/problem.js";
import type { PublishedLine } from "../schemas/published.js";
import type { TraceContext } from "../tracing.js";
import type { Clock } from "../types.js";
import type { BodyBudget } from "./body-budget.js";
import { parseJson } from "./json.js";
import { type Line, LineSplitter } from "./line-splitter.js";
import { busy, type ProblemContext, problemOf } from "./problems.js";
import type { Publisher, PublishResult } from "./services.js";

const SET_LINES = 500;
const SET_BYTES = 4 * 1024 * 1024;
/** How long a set that is not full waits for more lines: a slow input is published as it comes. */
const LINGER_MS = 20;
const BUDGET_WAIT_MS = 20_000;

export interface LinesContext {
  readonly publisher: Publisher;
  readonly budget: BodyBudget;
  readonly clock: Clock;
  readonly problems: ProblemContext;
  readonly maxEventBytes: number;
  /** Aborts when the service stops: what was read is still published, then the answer ends without a summary. */
  readonly stopping: AbortSignal;
}

/** The context of one request. */
export interface RequestContext extends LinesContext {
  /** What its events belong to. */
  readonly trace: TraceContext | undefined;
}

/** What became of the lines so far. */
export interface LinesSummary {
  lines: number;
  published: number;
  duplicates: number;
  refused: number;
  deliveries: number;
  bytes: number;
}

interface Entry {
  readonly line: number;
  readonly outcome: { readonly item: unknown } | { readonly refusal: Problem };
}

function tooLong(maxEventBytes: number): InputError {
  const mebibytes = maxEventBytes / 1024 / 1024;
  return InputError.tooLarge(`The line is longer than ${mebibytes} MiB, the most for one event. Raise MAX_EVENT_MIB.`);
}

/** Lines that were read and not published yet, and what they hold of the budget. */
class OpenSet {
  readonly #context: RequestContext;
  readonly summary: LinesSummary;
  /** Set once the database is down: what follows is refused without being tried. */
  fatal: Problem | null = null;
  /** The problem of the last error that was no refusal: many lines share it, and it is logged once. */
  #shared: { readonly error: unknown; readonly problem: Problem } | undefined;
  #entries: Entry[] = [];
  #bytes = 0;
  #held = 0;

  constructor(context: RequestContext, summary: LinesSummary) {
    this.#context = context;
    this.summary = summary;
  }

  get size(): number {
    return this.#entries.length;
  }

  get isFull(): boolean {
    return this.#entries.length >= SET_LINES || this.#bytes >= SET_BYTES;
  }

  /** Holds `bytes` more of the budget, if there is room within `ms`. */
  async hold(bytes: number, ms: number): Promise<boolean> {
    const { budget } = this.#context;
    const granted = ms > 0 ? await budget.takeWithin(bytes, ms) : budget.take(bytes);
    if (granted) this.#held += bytes;
    return granted;
  }

  /** Gives back what is held beyond `bytes`. */
  keep(bytes: number): void {
    const spare = Math.max(0, this.#held - bytes);
    this.#held -= spare;
    if (spare > 0) this.#context.budget.give(spare);
  }

  get bytes(): number {
    return this.#bytes;
  }

  add({ number, bytes }: Line): void {
    this.#entries.push({ line: number, outcome: this.#outcomeOf(bytes) });
    this.#bytes += bytes?.length ?? 0;
  }

  #outcomeOf(bytes: Buffer | null): Entry["outcome"] {
    if (this.fatal !== null) return { refusal: this.fatal };
    if (bytes === null) return { refusal: this.problemOf(tooLong(this.#context.maxEventBytes)) };
    try {
      return { item: parseJson(bytes) };
    } catch (error) {
      return { refusal: this.problemOf(error) };
    }
  }

  problemOf(error: unknown): Problem {
    if (error instanceof InputError) return problemOf(error, this.#context.problems).body;
    if (this.#shared && this.#shared.error === error) return this.#shared.problem;
    const problem = problemOf(error, this.#context.problems).body;
    this.#shared = { error, problem };
    return problem;
  }

  /** Publishes the set and returns its result lines. */
  async publish(): Promise<string> {
    const entries = this.#entries;
    this.#entries = [];
    const items = entries.flatMap(({ outcome }) => ("item" in outcome ? [outcome.item] : []));
    const results = await this.#results(items);
    this.#bytes = 0;
    let at = 0;
    const lines = entries.map(({ line, outcome }) => {
      const result = "item" in outcome ? results[at++] : outcome.refusal;
      return result && "id" in result ? this.#accepted(line, result) : this.#refused(line, result);
    });
    return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  }

  async #results(items: readonly unknown[]): Promise<readonly (PublishResult | Problem)[]> {
    if (items.length === 0) return [];
    const { publisher, trace } = this.#context;
    try {
      const results = await publisher.publishEach(items, trace);
      const down = results.find((result) => result instanceof StoreUnavailableError);
      if (down) this.fatal = this.problemOf(down);
      return results.map((result) => (result instanceof Error ? this.problemOf(result) : result));
    } catch (error) {
      const fatal = this.problemOf(error);
      this.fatal = fatal;
      return items.map(() => fatal);
    }
  }

  #accepted(line: number, result: PublishResult): PublishedLine {
    const { summary } = this;
    summary.lines++;
    summary[result.duplicate ? "duplicates" : "published"]++;
    if (!result.duplicate) summary.deliveries += result.deliveries;
    return { line, status: 202, ...result };
  }

  #refused(line: number, problem: Problem | undefined): PublishedLine {
    if (!problem) throw new Error("the publisher gave fewer results than items");
    this.summary.lines++;
    this.summary.refused++;
    const { status, title, detail, errors } = problem;
    return { line, status, error: { title, detail, errors } };
  }
}

type Next = Promise<IteratorResult<Buffer, unknown>>;

/** The next chunk; null when the set has waited long enough for it. */
async function nextChunk(next: Next, linger: boolean, clock: Clock): Promise<IteratorResult<Buffer, unknown> | null> {
  if (!linger) return next;
  let cancel = () => {};
  const waited = new Promise<null>((resolve) => {
    cancel = clock.after(LINGER_MS, () => resolve(null));
  });
  try {
    return await Promise.race([next, waited]);
  } finally {
    cancel();
  }
}

/** Ends the wait for a chunk when the service stops. */
function untilStopped(next: Next, stopping: AbortSignal): Next {
  if (stopping.aborted) return Promise.resolve({ done: true, value: undefined });
  return new Promise((resolve, reject) => {
    const stop = () => resolve({ done: true, value: undefined });
    stopping.addEventListener("abort", stop, { once: true });
    next.then(resolve, reject).finally(() => stopping.removeEventListener("abort", stop));
  });
}

/**
 * Reads NDJSON as it comes, publishes it in sets, and yields a result line for each line, in their order, and a summary
 * as the last. Reads on only when what it yielded was taken. `summary` is kept up to date for the log. Ends without a
 * summary when the service stops; throws when the client goes away.
 */
export async function* publishLines(
  raw: IncomingMessage,
  context: RequestContext,
  summary: LinesSummary,
): AsyncGenerator<string> {
  const chunks = raw.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer, unknown>;
  const splitter = new LineSplitter(context.maxEventBytes);
  const set = new OpenSet(context, summary);
  try {
    let next = untilStopped(chunks.next(), context.stopping);
    for (;;) {
      const got = await nextChunk(next, set.size > 0, context.clock);
      if (got === null) {
        yield await set.publish();
        set.keep(splitter.pending);
        continue;
      }
      if (got.done) break;
      const chunk = got.value;
      summary.bytes += chunk.length;
      if (set.fatal === null && !(await set.hold(chunk.length, 0))) {
        if (set.size > 0) yield await set.publish();
        set.keep(splitter.pending);
        if (!(await set.hold(chunk.length, BUDGET_WAIT_MS)))
          set.fatal ??= set.problemOf(busy("Too many bytes of requests are under way."));
      }
      for (const line of splitter.push(chunk)) {
        set.add(line);
        if (set.isFull) yield await set.publish();
      }
      set.keep(splitter.pending + set.bytes);
      next = untilStopped(chunks.next(), context.stopping);
    }
    if (!context.stopping.aborted) for (const line of splitter.end()) set.add(line);
    if (set.size > 0) yield await set.publish();
    if (context.stopping.aborted) return;
    const { bytes: _bytes, ...counts } = summary;
    yield `${JSON.stringify({ summary: counts })}\n`;
  } finally {
    set.keep(0);
  }
}
