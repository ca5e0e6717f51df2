import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import type { TransportError } from "../errors.js";
import { withoutSecrets } from "../schemas/masking.js";
import { type RuleParams, type StepCode, stepTold } from "../schemas/rules/rules.js";
import type { Clock } from "../types.js";
import type { CheckedAddress, CheckStep, SendContext } from "./transport.js";

/** The deadline came, or the process is to stop, before a step had ended. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/** The result of `action`, or a DeadlineError as soon as the signal aborts; `abandon` then closes what it works on. */
export function untilAborted<T>(signal: AbortSignal, abandon: () => void, action: () => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => {
      reject(new DeadlineError("the deadline came"));
      abandon();
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    action()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", onAbort));
  });
}

type StepSaid = Pick<CheckStep, "detail" | "code" | "params">;

/** A step of a send or a check as it went. */
interface Step {
  readonly name: string;
  readonly ok: boolean;
  readonly told: StepSaid;
  readonly durationMs: number;
  readonly fingerprint: string | undefined;
}

function toldStep({ name, ok, durationMs, fingerprint }: Step, said: StepSaid): CheckStep {
  const offered = fingerprint === undefined ? {} : { fingerprint };
  return { step: name as CheckStep["step"], ok, ...said, durationMs, ...offered };
}

/** What a check tells of a step that failed: the sentence and code of attempts, and what the server has said. */
export function failedStep({ message: detail, fault, code, response }: TransportError) {
  const reply = oneLine(response ?? "");
  // As a fault of the setting it means that none was given, otherwise that another one was shown.
  const told = code === "host_key" && fault === "config" ? "host_key_unset" : code;
  return { ok: false, detail, code: told, ...(reply === "" ? {} : { params: { reply } }) };
}

const NOTHING: StepSaid = { detail: "" };

/** Runs the steps of one send or check, times them and ends them at the deadline. */
export class Steps {
  readonly signal: AbortSignal;
  readonly #clock: Clock;
  readonly #endBy: number;
  readonly #onSuccess: ((step: CheckStep) => void) | undefined;
  readonly #done: Step[] = [];
  #told: StepSaid = NOTHING;
  #fingerprint: string | undefined;

  /** `endBy`: monotonic ms, after which no step begins. `onSuccess` gets each step that has succeeded, as it ends. */
  constructor(
    clock: Clock,
    signal: AbortSignal,
    endBy = Number.POSITIVE_INFINITY,
    onSuccess?: (step: CheckStep) => void,
  ) {
    this.#clock = clock;
    this.#endBy = endBy;
    this.#onSuccess = onSuccess;
    this.signal = signal;
  }

  /** `abandon` must make sure that nothing of the step goes on when the deadline comes. */
  async run<T>(name: string, abandon: () => void, action: () => Promise<T>): Promise<T> {
    const started = this.#clock.monotonic();
    this.#told = NOTHING;
    this.#fingerprint = undefined;
    try {
      // A process that was frozen sees answers before its timers: what waits for them may be another's by now.
      if (started > this.#endBy) throw new DeadlineError();
      const result = await untilAborted(this.signal, abandon, action);
      this.#add(name, true, this.#told, started);
      return result;
    } catch (error) {
      this.#add(name, false, { detail: error instanceof Error ? error.message : String(error) }, started);
      throw error;
    }
  }

  /** What the running step has to tell when it succeeds. */
  note(code: StepCode, params?: RuleParams): void {
    this.#told = stepTold(code, params);
  }

  /** The host key or certificate that the server offered in the running step, whether it is accepted or not. */
  offered(fingerprint: string): void {
    this.#fingerprint = fingerprint;
  }

  /** The step that ran last. */
  get last(): string {
    return this.#done.at(-1)?.name ?? "";
  }

  /** Milliseconds by step; steps that ran twice are added up. */
  timings(): Record<string, number> {
    const timings: Record<string, number> = {};
    for (const { name, durationMs } of this.#done) timings[name] = (timings[name] ?? 0) + durationMs;
    return timings;
  }

  /** As a check tells them. `failed` is told of the step that failed. */
  list(failed: StepSaid = NOTHING): CheckStep[] {
    return this.#done.map((step) => toldStep(step, step.ok ? step.told : failed));
  }

  #add(name: string, ok: boolean, told: StepSaid, started: number): void {
    const durationMs = Math.round((this.#clock.monotonic() - started) * 100) / 100;
    const step = { name, ok, told, durationMs, fingerprint: this.#fingerprint };
    this.#done.push(step);
    if (ok) this.#onSuccess?.(toldStep(step, told));
  }
}

/** The step that looks a host up. Throws the TransportError of `context.resolve`, or DeadlineError. */
export function lookUp(
  host: string,
  context: SendContext,
  steps: Steps,
  abandon: () => void,
): Promise<readonly CheckedAddress[]> {
  return steps.run("resolve", abandon, async () => {
    const addresses = await context.resolve(host, context.signal);
    steps.note("addresses", { addresses: addresses.map(({ address }) => address).join(", ") });
    return addresses;
  });
}

/**
 * What a certificate is judged against, and the name for SNI: as DNS writes it, without a dot at its end; literals have
 * none, and stand without brackets.
 */
export function tlsName(host: string): { host: string; servername?: string } {
  const name = (domainToASCII(host) || host).replace(/\.$/, "").replace(/^\[(.*)\]$/, "$1");
  return isIP(name) === 0 ? { host: name, servername: name } : { host: name };
}

/** The longest text of a server that is looked at, to show some of it. */
const MAX_SAID = 16 * 1024;

/** What a server said, safe for one line, without the secrets that it was sent. */
export const saidBy = (text: string, secrets: readonly string[], max?: number): string =>
  oneLine(withoutSecrets(text, secrets, "***", MAX_SAID), max);

/** Text of a server, safe for one line of a log: bounded, without control characters. */
export function oneLine(text: string, max = 300): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  return line.length > max ? `${line.slice(0, max)}…` : line;
}
