/** What one rendering may use. Steps and units are counted, so that the same event always comes to the same end. */
export const BOUNDS = {
  /** Pieces of the template and filters that are run; 50,000 take about 100 ms. */
  steps: 50_000,
  /** Characters that filters and captures make, 2 bytes each at most: 8 MiB. */
  units: 4 * 1024 * 1024,
  outputBytes: 10 * 1024 * 1024,
  /** Of the processor, for what is slow in few steps. */
  ms: 200,
} as const;

interface CpuUsage {
  readonly user: number;
  readonly system: number;
}

/** Of this thread where Node can tell (22.19 and later), else of the process, which is never less. */
const cpuUsage = (
  (process as { threadCpuUsage?: (since?: CpuUsage) => CpuUsage }).threadCpuUsage ?? process.cpuUsage
).bind(process) as (since?: CpuUsage) => CpuUsage;

/** Characters that an element of a list counts for: its place in memory, and what filters do with each. */
const ELEMENT_UNITS = 8;

export type FaultCode = "syntax" | "render" | "steps" | "time" | "memory" | "size" | "picture";

/** A template that cannot be parsed or rendered, with its place in the template. */
export class TemplateFault extends Error {
  override readonly name = "TemplateFault";
  readonly code: FaultCode;
  readonly line: number;
  readonly column: number;

  constructor(code: FaultCode, message: string, line = 1, column = 1, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.line = line;
    this.column = column;
  }
}

/** A bound that was passed, or a use that cannot be; where in the template, the engine adds. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * What one rendering has used. Serves liquidjs as both of its limits, whose own would let the output, the lists that
 * hold lists, and the time within one piece grow without bound.
 */
export class Budget {
  /** Epoch ms and zone of the rendering, for the filter `date`. */
  readonly now: number;
  readonly timeZone: string;
  readonly #began = cpuUsage();
  /** By the clock: no more of the processor can have been used before. */
  #deadline = performance.now() + BOUNDS.ms;
  #steps = 0;
  #units = 0;
  #bytes = 0;

  constructor(now: number, timeZone: string) {
    this.now = now;
    this.timeZone = timeZone;
  }

  /** A machine that stands still, or has other work, makes no template slow: its time does not count. */
  #checkTime(now: number): void {
    if (now <= this.#deadline) return;
    const { user, system } = cpuUsage(this.#began);
    const left = BOUNDS.ms - (user + system) / 1000;
    if (left <= 0) throw new Refused("time", `it takes longer than ${BOUNDS.ms} ms of the processor`);
    this.#deadline = now + left;
  }

  /** One more piece of the template, as liquidjs asks before each; `now` is `performance.now()`. */
  check(now: number, steps = 1): void {
    this.#checkTime(now);
    this.#steps += steps;
    if (this.#steps > BOUNDS.steps) {
      throw new Refused(
        "steps",
        `it takes more than ${BOUNDS.steps.toLocaleString("en")} steps: is there a loop without end?`,
      );
    }
  }

  step(steps = 1): void {
    this.check(performance.now(), steps);
  }

  /** More characters in memory. */
  use(units: number): void {
    if (!(units > 0)) return;
    this.#units += units;
    if (this.#units > BOUNDS.units) throw new Refused("memory", "it makes texts and lists of more than 8 MiB");
  }

  /** A value with all that it holds: a list that holds another twice counts it twice, as writing it out would. */
  charge(value: unknown): void {
    if (typeof value === "string") this.use(value.length);
    else if (Array.isArray(value)) {
      this.use(ELEMENT_UNITS);
      for (const item of value) {
        this.use(ELEMENT_UNITS);
        if (typeof item === "string" || Array.isArray(item)) this.charge(item);
      }
    }
  }

  /** More bytes of the document. */
  wrote(text: string): void {
    this.#bytes += Buffer.byteLength(text);
    if (this.#bytes > BOUNDS.outputBytes) throw new Refused("size", "its result is larger than 10 MiB");
  }
}
