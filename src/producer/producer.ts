import { randomUUID } from "node:crypto";
import { Agent } from "undici";
import type { EventInput } from "../schemas/event.js";
import { describe, type Entry, errorOf, type Published } from "./entry.js";
import { ProducerError } from "./error.js";
import { type ProducerOptions, readOptions, type Settings } from "./options.js";
import { Room } from "./room.js";
import { Sender, type Shared } from "./sender.js";

const CLOSE_WITHIN_MS = 30_000;
const CONNECT_MS = 10_000;

/** Counts since the start, and what is held now. */
export interface ProducerStats {
  /** Events let in and without a result: gathering, under way, or to be tried again. Never above `maxWaiting`. */
  readonly held: number;
  readonly heldBytes: number;
  /** Calls of `publish` that wait for room. */
  readonly inLine: number;
  readonly published: number;
  /** Of those published: what the server had already, after a lost answer for instance. */
  readonly duplicates: number;
  /** Events that were not published, whatever the reason. */
  readonly refused: number;
  readonly requests: number;
  readonly retries: number;
}

/** Publishes status changes to one Waybell over HTTP. Make one for each process and close it at its end. */
export interface Producer {
  /**
   * Resolves once Waybell has the event on its disk; rejects with a ProducerError that is about this event alone. An
   * event without `id` gets one. Events of one order are published in the order of these calls. Leave the object as it
   * is until then.
   */
  publish(event: EventInput, options?: { readonly signal?: AbortSignal }): Promise<Published>;
  /** Resolves when there is room for another event: await it before each `publish` whose promise is not awaited. */
  ready(): Promise<void>;
  /** Sends what was gathered, and resolves when all that was given so far has its result, good or bad. */
  flush(): Promise<void>;
  /**
   * Takes no more, flushes, and ends the connections. Rejects with a ProducerError of code `unpublished`, which lists
   * every event that is left, when that takes longer than `timeoutMs` (30 s).
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
  readonly stats: ProducerStats;
}

/** FNV-1a: the same order always meets the same sender. */
function spread(text: string, over: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % over;
}

const noop = () => {};

class HttpProducer implements Producer {
  readonly #settings: Settings;
  readonly #agent: Agent | null;
  readonly #stop = new AbortController();
  readonly #shared: Shared;
  readonly #senders: readonly Sender[];
  readonly #room: Room;
  /** All that have no result yet, in the order of the calls. */
  readonly #open = new Set<Entry>();
  readonly #flushes = new Set<{ readonly left: Set<Entry>; readonly resolve: () => void }>();
  readonly #counts = { published: 0, duplicates: 0, refused: 0, requests: 0, retries: 0 };
  #closing: Promise<void> | null = null;

  constructor(settings: Settings, options: ProducerOptions) {
    const { maxRequests } = settings;
    this.#settings = settings;
    this.#agent = options.dispatcher
      ? null
      : new Agent({ pipelining: 1, allowH2: false, connections: maxRequests, connect: { timeout: CONNECT_MS } });
    this.#shared = {
      settings,
      dispatcher: options.dispatcher ?? (this.#agent as Agent),
      stop: this.#stop.signal,
      counts: this.#counts,
      quietUntil: 0,
      hurry: 0,
      finish: (entry, outcome) => this.#finish(entry, outcome),
      expireLine: (now) => this.#expireLine(now),
    };
    this.#senders = Array.from({ length: maxRequests }, () => new Sender(this.#shared));
    this.#room = new Room(settings, (entry) => this.#letIn(entry));
  }

  get stats(): ProducerStats {
    const { held, bytes, inLine } = this.#room;
    return { held, heldBytes: bytes, inLine, ...this.#counts };
  }

  publish(event: EventInput, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Published> {
    const { clock, retry, onRefused, whenFull } = this.#settings;
    const entry: Entry = {
      event,
      externalId: event.id || randomUUID(),
      deadline: clock.monotonic() + retry.maxAgeMs,
      json: "",
      bytes: 0,
      settled: false,
      underWay: false,
      uncertain: false,
      settle: noop,
    };
    const abort = () => this.#abort(entry);
    const result = new Promise<Published>((resolve, reject) => {
      entry.settle = (outcome) => {
        signal?.removeEventListener("abort", abort);
        if (outcome instanceof ProducerError) reject(outcome);
        else resolve(outcome);
      };
    });
    if (onRefused) result.catch(noop);
    this.#open.add(entry);
    if (this.#closing) this.#settle(entry, errorOf(entry, { code: "closed", message: "the producer is closed" }));
    else if (signal?.aborted) abort();
    else if (whenFull === "reject" && !this.#room.isFree) {
      this.#settle(entry, errorOf(entry, { code: "full", message: "as many wait as may wait" }));
    } else {
      signal?.addEventListener("abort", abort, { once: true });
      this.#room.enter(entry);
    }
    return result;
  }

  ready(): Promise<void> {
    return this.#closing ? Promise.resolve() : this.#room.ready();
  }

  async flush(): Promise<void> {
    if (this.#open.size === 0) return;
    this.#shared.hurry++;
    for (const sender of this.#senders) sender.start();
    await new Promise<void>((resolve) => this.#flushes.add({ left: new Set(this.#open), resolve }));
    this.#shared.hurry--;
  }

  close({ timeoutMs = CLOSE_WITHIN_MS }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    let cancel = noop;
    const late = new Promise<void>((resolve) => {
      cancel = this.#settings.clock.after(timeoutMs, resolve);
    });
    await Promise.race([this.flush(), late]);
    cancel();
    const left = [...this.#open];
    const unpublished = left.map(describe);
    for (const entry of left) {
      const message = `the producer was closed and waited for ${timeoutMs} ms`;
      this.#settle(entry, errorOf(entry, { code: "closed", message }));
    }
    this.#stop.abort();
    this.#room.abandon();
    await this.#agent?.destroy();
    if (left.length === 0) return;
    const message = `${left.length} events were not published within ${timeoutMs} ms of closing.`;
    throw new ProducerError({ code: "unpublished", message, unpublished });
  }

  #senderOf({ event }: Entry): Sender {
    const at = spread(`${event.customer}\n${event.order}`, this.#senders.length);
    return this.#senders[at] as Sender;
  }

  #letIn(entry: Entry): void {
    try {
      entry.json = JSON.stringify({ ...entry.event, id: entry.externalId });
    } catch (error) {
      const message = `it cannot be written as JSON (${(error as Error).message.split("\n", 1)[0]})`;
      // Not before the room has counted it.
      queueMicrotask(() => this.#finish(entry, errorOf(entry, { code: "invalid", message })));
      return;
    }
    entry.bytes = Buffer.byteLength(entry.json);
    this.#senderOf(entry).add(entry);
  }

  /** The caller has its result. */
  #settle(entry: Entry, outcome: Published | ProducerError): void {
    if (entry.settled) return;
    entry.settled = true;
    this.#open.delete(entry);
    if (outcome instanceof ProducerError) this.#counts.refused++;
    else {
      this.#counts.published++;
      if (outcome.duplicate) this.#counts.duplicates++;
    }
    entry.settle(outcome);
    for (const flush of this.#flushes) {
      if (!flush.left.delete(entry) || flush.left.size > 0) continue;
      this.#flushes.delete(flush);
      flush.resolve();
    }
    const { onRefused } = this.#settings;
    // Later, so that what it throws stops no sender.
    if (onRefused && outcome instanceof ProducerError) queueMicrotask(() => onRefused(describe(entry), outcome));
  }

  /** The caller has its result, and the entry, which was let in, holds no room any more. */
  #finish(entry: Entry, outcome: Published | ProducerError): void {
    this.#settle(entry, outcome);
    this.#room.give(entry);
  }

  #abort(entry: Entry): void {
    const error = errorOf(entry, { code: "aborted", message: "it was aborted" });
    const isGathering = !this.#room.leaveLine(entry) && this.#senderOf(entry).remove(entry);
    // One whose set is under way keeps its room until the sender leaves it out of the next try.
    if (isGathering) this.#finish(entry, error);
    else this.#settle(entry, error);
  }

  #expireLine(now: number): void {
    for (const entry of this.#room.tooOld(now)) {
      const message = `gave up after ${this.#settings.retry.maxAgeMs} ms: there was no room`;
      this.#room.leaveLine(entry);
      this.#settle(entry, errorOf(entry, { code: "gave_up", message }));
    }
  }
}

/**
 * A producer that gathers events for a few milliseconds, publishes them in sets, and tries again what did not get
 * through. Throws TypeError for options that cannot work.
 */
export function createProducer(options: ProducerOptions): Producer {
  return new HttpProducer(readOptions(options), options);
}
