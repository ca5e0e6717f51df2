import type { Readable } from "node:stream";
import { type Dispatcher, errors } from "undici";
import { TransportError } from "../errors.js";
import { type Abortable, watchAbort } from "./abort-watch.js";
import { FloodError } from "./floods.js";
import { type Answer, answerText, isSuccess, NEEDED_BYTES, refusalOf, statusText } from "./http-answer.js";
import { AnswerBody } from "./http-body.js";
import { ManyLinesError, type Reading, readingOf } from "./http-flood.js";
import { nowWriting, type Opening, openingOf, type Writing } from "./http-times.js";
import { mustNotBeLate } from "./late.js";
import { networkFault } from "./network-faults.js";
import type { Receipt, SendContext } from "./transport.js";

/** An answer that is longer is judged by its status, and its connection closed. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Where no rule looks into the answer, the rest of it is read for the connection's sake alone: beyond this a new one costs less. */
const MAX_UNWANTED_BYTES = 128 * 1024;
/** Of an answer that is read; a MiB comes in 700 segments of a network. In chunks of one byte it took 140 ms of the processor. */
const MAX_PIECES = 1024;
/** Interim answers (100 to 199) before the one that counts; each costs nothing to send, and time to read. */
const MAX_INTERIM = 32;
const LONG_HEADERS = "the headers of the answer are longer than 16 KiB, or have more than 128 lines";

export interface ExchangeOptions {
  readonly context: SendContext;
  /** Bytes of the payload, for the receipt. */
  readonly bytes: number;
  /** The body, when it is a stream: destroyed whenever the exchange ends before it was read. */
  readonly stream: Readable | undefined;
  /** The URL that was asked, against which a redirect is read. */
  readonly href: string;
  /** The headers that it has, name and value in turns, secrets masked. */
  readonly headers: readonly string[];
  /** Texts that must not be kept, should the receiver send them back. */
  readonly secrets: readonly string[];
  /** What comes back is asked for, and not only recorded. */
  readonly needsAnswer: boolean;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One request and its answer, as undici tells of it. How far it came decides whose fault a failure is: before
 * `onRequestStart` nothing was written; after it nobody knows what the receiver did, unless a whole answer says so.
 */
export class Exchange implements Dispatcher.DispatchHandler, Abortable, Writing {
  readonly #options: ExchangeOptions;
  readonly #startedAt: number;
  readonly #watched: Set<Abortable>;
  readonly #readBytes: number;
  readonly #body: AnswerBody;
  #controller: Dispatcher.DispatchController | undefined;
  #sentAt = 0;
  #bodySentAt = 0;
  #opening: Opening | undefined;
  #reading: Reading | undefined;
  #status = 0;
  #headers: Answer["headers"] = {};
  #interim = 0;
  #pieces = 0;
  #ended = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#startedAt = options.context.clock.monotonic();
    const { bodyIncludes } = options.context.success;
    this.#readBytes = bodyIncludes ? MAX_ANSWER_BYTES : MAX_UNWANTED_BYTES;
    this.#body = new AnswerBody(bodyIncludes, options.needsAnswer ? NEEDED_BYTES : undefined);
    this.#watched = watchAbort(options.context.signal, this);
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It waited for a connection for too long. Throwing keeps undici from writing it; the connection stays usable.
    if (this.#ended) throw new Error("the exchange has ended");
    this.#mustNotBeLate();
    this.#controller = controller;
    // undici writes the head together with the first piece of a stream, which may be long in coming.
    this.#options.stream?.once("data", () => this.#beforeFirstPiece(controller)).once("end", () => this.bodyWritten());
    this.#sentAt = this.#options.context.clock.monotonic();
    nowWriting(this);
  }

  written(socket: object, opening: Opening | undefined): void {
    this.#opening = opening;
    this.#reading = readingOf(socket);
    this.#reading?.begin();
  }

  bodyWritten(): void {
    this.#bodySentAt = this.#options.context.clock.monotonic();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Answer["headers"]): void {
    if (status < 200) {
      if (++this.#interim > MAX_INTERIM)
        this.#breakOff(controller, `it was followed by ${MAX_INTERIM} interim answers`);
      return;
    }
    this.#status = status;
    this.#headers = { "retry-after": headers["retry-after"], location: headers.location };
    // It would hold all of them until the answer has ended.
    controller.rawHeaders = null;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#reading?.body();
    if (this.#ended) return;
    this.#body.add(chunk);
    if (this.#body.received <= this.#readBytes && ++this.#pieces < MAX_PIECES) return;
    this.#judge();
    controller.abort(new Error("the answer is too long"));
  }

  onResponseEnd(): void {
    if (!this.#ended) this.#judge();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#ended) return;
    if (!this.#controller) this.#opening = openingOf(error);
    this.#reject(this.#failure(error));
  }

  /** The deadline passed, or the process must stop. */
  abort(): void {
    if (this.#ended) return;
    this.#reject(
      this.#controller
        ? this.#unanswered("timeout", "the deadline passed before the whole answer was there")
        : this.#notSent("timeout", "The deadline passed before a connection was open; nothing was sent."),
    );
    this.#controller?.abort(new Error("the deadline has passed"));
  }

  /** The stream of the body broke: neither the receiver nor the way to it is to blame. */
  bodyFailed(error: Error): void {
    if (this.#ended) return;
    this.#reject(error);
    this.#controller?.abort(error);
  }

  #breakOff(controller: Dispatcher.DispatchController, what: string): void {
    if (this.#ended) return;
    const error = this.#unanswered("protocol", what);
    this.#reject(error);
    controller.abort(error);
  }

  #mustNotBeLate(): void {
    try {
      mustNotBeLate(this.#options.context);
    } catch (error) {
      this.#reject(error as Error);
      throw error;
    }
  }

  /** Once the request is aborted, undici writes nothing of the piece that comes with this. */
  #beforeFirstPiece(controller: Dispatcher.DispatchController): void {
    if (this.#ended) return;
    try {
      this.#mustNotBeLate();
    } catch (error) {
      controller.abort(error as Error);
    }
  }

  #end(): void {
    this.#ended = true;
    this.#watched.delete(this);
    this.#options.stream?.destroy();
    this.#body.release();
  }

  #reject(error: Error): void {
    this.#end();
    this.#options.reject(error);
  }

  #answer(): Answer {
    const body = this.#body;
    return { status: this.#status, headers: this.#headers, body: body.beginning, holdsText: body.holdsText() };
  }

  #timings(): Readonly<Record<string, number>> {
    const now = this.#options.context.clock.monotonic();
    if (!this.#controller) return this.#opening ?? { connect: now - this.#startedAt };
    // An answer may come before the whole body is away.
    const bodySentAt = this.#bodySentAt || now;
    return { ...this.#opening, send: bodySentAt - this.#sentAt, wait: now - bodySentAt };
  }

  /** A whole answer is there, or as much of it as is read at all. */
  #judge(): void {
    const answer = this.#answer();
    const timings = this.#timings();
    const refusal = refusalOf(answer, this.#options, timings);
    if (refusal) {
      this.#reject(refusal);
      return;
    }
    this.#end();
    this.#options.resolve({
      code: answer.status,
      detail: statusText(answer.status),
      headers: this.#options.headers,
      bytes: this.#options.bytes,
      timings,
      response: answerText(answer.body, this.#options.secrets),
    });
  }

  #failure(error: Error): Error {
    if (error instanceof TransportError) return error;
    // The stream was longer or shorter than it said.
    if (error instanceof errors.RequestContentLengthMismatchError) return error;
    const fault = networkFault(error);
    // In TLS 1.3 a server judges the client's certificate after the client has begun to send (RFC 8446, 4.4.2.4).
    const unread = fault?.code === "client_certificate" && this.#status === 0;
    if (this.#controller && !unread) {
      if (error instanceof errors.HTTPParserError) {
        return this.#unanswered("not_http", "what came back is not HTTP", error);
      }
      if (error instanceof FloodError) {
        return this.#unanswered("protocol", "the receiver did not stop sending", error);
      }
      if (error instanceof errors.HeadersOverflowError || error instanceof ManyLinesError) {
        return this.#unanswered("protocol", LONG_HEADERS, error);
      }
      return this.#unanswered(fault?.code ?? "reset", "the connection broke before the whole answer was there", error);
    }
    if (fault) return this.#notSent(fault.code, fault.sentence, error);
    if (error instanceof FloodError) {
      return this.#notSent("protocol", "The receiver did not stop sending; nothing was sent.", error);
    }
    if (error instanceof errors.ClientClosedError || error instanceof errors.ClientDestroyedError) {
      return this.#notSent("connect", "The connections were closed before anything was sent.", error);
    }
    return error;
  }

  #notSent(code: string, message: string, cause?: Error): TransportError {
    return new TransportError({ fault: "connection", code, message, timings: this.#timings(), cause });
  }

  #unanswered(code: string, what: string, cause?: Error): TransportError {
    const { context } = this.#options;
    // A refusal is known from its first line on; only for a success does it matter that the answer was whole.
    const refused = this.#status > 0 && !isSuccess(this.#status, context.success);
    const refusal = refused ? refusalOf(this.#answer(), this.#options, this.#timings()) : undefined;
    const message = `The request was sent, but ${what}: it may have arrived.`;
    if (refusal) return refusal;
    const { headers } = this.#options;
    return new TransportError({ fault: "ambiguous", code, message, headers, timings: this.#timings(), cause });
  }
}
