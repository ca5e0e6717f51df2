import { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { InputError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { CheckStep } from "../transports/transport.js";
import type { Clock } from "../types.js";
import { NDJSON } from "./ndjson.js";
import type { Answer } from "./operation.js";
import type { CheckWatch } from "./services-try-out.js";

/** A connection that says nothing is cut by proxies, and by the server itself; a step may take ten minutes. */
const QUIET_MS = 15_000;

/** What answers live checks beside the check itself. */
export interface LiveParts {
  readonly clock: Clock;
  readonly logger: Logger;
}

type Check = (watch: CheckWatch) => Promise<readonly CheckStep[]>;

/** The whole answer of a check. */
export const checkAnswer = (steps: readonly CheckStep[]) => ({
  ok: steps.length > 0 && steps.every(({ ok }) => ok),
  steps,
});

/** Runs a check that ends when the client goes away. */
export async function whileAsked<T>({ raw }: FastifyRequest, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const gone = new AbortController();
  const leave = () => gone.abort();
  // The request itself is closed as soon as it is read.
  raw.socket.once("close", leave);
  if (raw.socket.destroyed) leave();
  try {
    return await run(gone.signal);
  } finally {
    raw.socket.off("close", leave);
  }
}

/** The lines of one check: whole as soon as they are written, and few. */
class Lines {
  readonly body = new Readable({ read() {} });
  readonly #clock: Clock;
  #cancel = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.body.once("close", () => this.#cancel());
    this.#later();
  }

  write(line: unknown): void {
    this.#push(`${JSON.stringify(line)}\n`);
  }

  end(): void {
    this.#cancel();
    this.#push(null);
  }

  #push(text: string | null): void {
    if (!this.body.destroyed) this.body.push(text);
  }

  #later(): void {
    this.#cancel = this.#clock.after(QUIET_MS, () => {
      // A space before a line leaves it the JSON that it is.
      this.#push(" ");
      this.#later();
    });
  }
}

/**
 * Begins a check, and answers as soon as its first step has ended: a line a step, and the whole answer as the last. What
 * refuses the check before that is thrown. A check that is broken off later leaves its answer without the last line.
 */
export function liveCheck(check: Check, { clock, logger }: LiveParts): Promise<Answer> {
  const lines = new Lines(clock);
  const gone = new AbortController();
  lines.body.once("close", () => gone.abort());
  return new Promise((resolve, reject) => {
    const answer = { status: 200, contentType: NDJSON, body: lines.body };
    let isAnswered = false;
    const begin = () => {
      isAnswered = true;
      resolve(answer);
    };
    const onStep = (step: CheckStep) => {
      lines.write(step);
      begin();
    };
    check({ onStep, signal: gone.signal }).then(
      (steps) => {
        lines.write(checkAnswer(steps));
        lines.end();
        begin();
      },
      (error: unknown) => {
        lines.end();
        if (isAnswered && !(error instanceof InputError)) logger.error({ err: error }, "a check broke off");
        reject(error);
      },
    );
  });
}
