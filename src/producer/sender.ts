import type { Dispatcher } from "undici";
import type { FieldError } from "../errors.js";
import { type Entry, errorOf, type Published } from "./entry.js";
import type { ProducerError } from "./error.js";
import type { Settings } from "./options.js";
import { type Answer, post } from "./post.js";

/** What the senders of one producer share. */
export interface Shared {
  readonly settings: Settings;
  readonly dispatcher: Dispatcher;
  /** Aborts when the producer gives up everything. */
  readonly stop: AbortSignal;
  readonly counts: { requests: number; retries: number };
  /** The server asked all of us to be quiet until then (monotonic). */
  quietUntil: number;
  /** Above 0 nothing lingers: somebody waits for all. */
  hurry: number;
  /** An entry has its result, or is to be forgotten: it holds no room any more. */
  finish(entry: Entry, outcome: Published | ProducerError): void;
  /** Lets go of what waits in line for too long. */
  expireLine(now: number): void;
}

/** Waits by the clock; ends early when `stop` aborts. */
function pause({ settings, stop }: Shared, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      stop.removeEventListener("abort", done);
      resolve();
    };
    const cancel = settings.clock.after(ms, done);
    stop.addEventListener("abort", done);
  });
}

/** Half of the wait is fixed, half is chance, so that producers that failed together do not come back together. */
export function backOff(tries: number, { firstMs, longestMs }: Settings["retry"], random = Math.random()): number {
  const whole = Math.min(longestMs, firstMs * 2 ** Math.min(tries, 30));
  return whole / 2 + (whole / 2) * random;
}

function refusalOf(entry: Entry, answer: Answer & { kind: "refused" }, fields: readonly FieldError[]): ProducerError {
  const { status, detail } = answer;
  const said =
    fields.map(({ path, message }) => `${path || "it"} ${message}`).join("; ") || detail || "it gave no reason";
  const head = status === 401 || status === 403 ? "the server does not take this key" : "the server said no";
  return errorOf(entry, { code: "refused", status, fields, message: `${head} (${status}): ${said}` });
}

/**
 * Publishes one set of events after the other. The events of one order always meet in the same sender, and it sends
 * nothing else before a set has its results: that is what keeps their order, also when a set has to be sent again.
 */
export class Sender {
  readonly #shared: Shared;
  /** In the order in which they were given; one that is aborted is taken out at once. */
  readonly #waiting = new Set<Entry>();
  #bytes = 0;
  #running = false;
  #cancelLinger: () => void = () => {};

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  add(entry: Entry): void {
    const { settings, hurry } = this.#shared;
    this.#waiting.add(entry);
    this.#bytes += entry.bytes;
    // While a set is under way the next one gathers by itself.
    if (this.#running) return;
    if (hurry > 0 || this.#waiting.size >= settings.maxBatch || this.#bytes >= settings.maxBatchBytes) this.start();
    else if (this.#waiting.size === 1) {
      this.#cancelLinger = settings.clock.after(settings.lingerMs, () => this.start());
    }
  }

  /** Takes out what is not under way yet; false when it is. */
  remove(entry: Entry): boolean {
    if (!this.#waiting.delete(entry)) return false;
    this.#bytes -= entry.bytes;
    return true;
  }

  /** Sends what waits, without lingering. */
  start(): void {
    this.#cancelLinger();
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.size > 0 && !this.#shared.stop.aborted) await this.#publish(this.#take());
    this.#running = false;
  }

  #take(): Entry[] {
    const { maxBatch, maxBatchBytes } = this.#shared.settings;
    const set: Entry[] = [];
    let bytes = 0;
    for (const entry of this.#waiting) {
      if (set.length >= maxBatch || (set.length > 0 && bytes + entry.bytes > maxBatchBytes)) break;
      set.push(entry);
      bytes += entry.bytes;
    }
    for (const entry of set) this.remove(entry);
    return set;
  }

  /** Brings one set to its end: every entry has its result, or the producer has stopped. */
  async #publish(set: readonly Entry[]): Promise<void> {
    const { settings, counts, stop, finish } = this.#shared;
    let open = set;
    let reason = "there was no time to try";
    let notBefore = 0;
    for (let tries = 0; ; ) {
      open = await this.#untilMay(open, notBefore, reason);
      if (open.length === 0 || stop.aborted) return;
      const answer = await this.#post(open);
      if (answer.kind === "published") {
        for (const [at, entry] of open.entries()) {
          finish(entry, { ...(answer.results[at] as Published), externalId: entry.externalId });
        }
        return;
      }
      if (answer.kind === "refused") {
        if (answer.named.size === 0) return this.#refuse(open, answer);
        // An array is all or nothing: what is left of it goes out again without those that were refused.
        for (const [at, fields] of answer.named) {
          const entry = open[at];
          if (entry) finish(entry, refusalOf(entry, answer, fields));
        }
        open = open.filter((_entry, at) => !answer.named.has(at));
        continue;
      }
      reason = answer.reason;
      if (answer.uncertain) for (const entry of open) entry.uncertain = true;
      const now = settings.clock.monotonic();
      if (answer.retryAfterMs !== null) {
        // All producers were told the same moment.
        const until = now + answer.retryAfterMs + backOff(0, settings.retry);
        this.#shared.quietUntil = Math.max(this.#shared.quietUntil, until);
      }
      notBefore = now + backOff(tries++, settings.retry);
      counts.retries++;
    }
  }

  async #post(open: readonly Entry[]): Promise<Answer> {
    const { settings, dispatcher, stop, counts } = this.#shared;
    counts.requests++;
    for (const entry of open) entry.underWay = true;
    const jsons = open.map(({ json }) => json);
    const answer = await post(jsons, settings, dispatcher, stop);
    for (const entry of open) entry.underWay = false;
    return answer;
  }

  /** A refusal that names none of several is looked for in halves. */
  async #refuse(open: readonly Entry[], answer: Answer & { kind: "refused" }): Promise<void> {
    if (!answer.divisible || open.length === 1) {
      for (const entry of open) this.#shared.finish(entry, refusalOf(entry, answer, []));
      return;
    }
    const half = Math.ceil(open.length / 2);
    await this.#publish(open.slice(0, half));
    await this.#publish(open.slice(half));
  }

  /** Waits until a try may begin, and leaves out what was aborted or is too old by then. */
  async #untilMay(set: readonly Entry[], notBefore: number, reason: string): Promise<readonly Entry[]> {
    const { settings, stop } = this.#shared;
    let open = set;
    for (;;) {
      const now = settings.clock.monotonic();
      open = open.filter((entry) => !this.#isOver(entry, now, reason));
      for (const entry of this.#waiting) {
        if (entry.deadline > now) break;
        this.remove(entry);
        this.#isOver(entry, now, reason);
      }
      this.#shared.expireLine(now);
      const until = Math.max(notBefore, this.#shared.quietUntil);
      const [first] = open;
      if (!first || stop.aborted || until <= now) return open;
      await pause(this.#shared, Math.min(until, first.deadline) - now);
    }
  }

  #isOver(entry: Entry, now: number, reason: string): boolean {
    if (!entry.settled && entry.deadline > now) return false;
    const { maxAgeMs } = this.#shared.settings.retry;
    this.#shared.finish(entry, errorOf(entry, { code: "gave_up", message: `gave up after ${maxAgeMs} ms: ${reason}` }));
    return true;
  }
}
