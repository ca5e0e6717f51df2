import fc from "fast-check";

/** What is fuzzed, opened: values to try, and what must hold for each. `check` throws what it finds. */
export interface OpenTarget<T> {
  readonly values: fc.Arbitrary<T>;
  check(value: T): Promise<void> | void;
  close(): Promise<void>;
}

/** One part of Waybell that takes what others write. */
export interface FuzzTarget {
  readonly name: string;
  /** What must hold. */
  readonly holds: string;
  /** How many cases are tried at the same time; 1 where they only use the processor. */
  readonly lanes: number;
  open(): Promise<OpenTarget<never>>;
}

/** Declares a target whose parts agree in the type of its values. */
export function fuzzTarget<T>(
  target: Omit<FuzzTarget, "open"> & { open(): Promise<OpenTarget<T>> | OpenTarget<T> },
): FuzzTarget {
  return { ...target, open: async () => (await target.open()) as unknown as OpenTarget<never> };
}

/** What one target came to. */
export interface FuzzReport {
  readonly target: string;
  readonly cases: number;
  readonly seed: number;
  readonly ms: number;
  /** What was found, with the smallest value that shows it; null: nothing. */
  readonly found: string | null;
}

export interface FuzzOptions {
  readonly cases: number;
  readonly seed: number;
  /** Called after each case. */
  readonly onCase?: () => void;
}

/** A target is opened anew after so many cases, so that what it keeps stays small. */
const ROUND = 10_000;
/** A case that takes longer hangs. */
const HANGS_MS = 30_000;
const SHOWN = 4_000;

/** Prototypes that no input may reach. */
const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Number.prototype];
const shapeOf = (prototype: object) => Reflect.ownKeys(prototype).map(String).join();
const SHAPES = PROTOTYPES.map(shapeOf);

function checkPrototypes(): void {
  PROTOTYPES.forEach((prototype, at) => {
    if (shapeOf(prototype) === SHAPES[at]) return;
    throw new Error(`a prototype was changed: ${shapeOf(prototype)}`);
  });
}

/** What nobody waited for and nobody caught while `run` ran: in a server it would end the process. */
async function withoutStrays<T>(run: () => Promise<T>): Promise<{ result: T; strays: unknown[] }> {
  const strays: unknown[] = [];
  const keep = (error: unknown) => void strays.push(error);
  process.on("unhandledRejection", keep).on("uncaughtException", keep);
  try {
    return { result: await run(), strays };
  } finally {
    process.off("unhandledRejection", keep).off("uncaughtException", keep);
  }
}

async function withinTime(work: Promise<void> | void): Promise<void> {
  if (work === undefined) return;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it hangs: no end within ${HANGS_MS} ms`)), HANGS_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function describe(details: fc.RunDetails<[unknown]>): string {
  const [value] = details.counterexample ?? [];
  const error = details.errorInstance;
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `with the seed ${details.seed}:\n${fc.stringify(value).slice(0, SHOWN)}\n${why.slice(0, SHOWN)}`;
}

async function runRound(target: FuzzTarget, cases: number, seed: number, onCase: () => void): Promise<string | null> {
  const opened = await target.open();
  const property = fc.asyncProperty(opened.values, async (value) => {
    await withinTime(opened.check(value));
    checkPrototypes();
    onCase();
  });
  const lanes = Math.min(target.lanes, cases);
  const shares = Array.from({ length: lanes }, (_, at) => Math.floor((cases + at) / lanes));
  try {
    const { result, strays } = await withoutStrays(() =>
      Promise.all(shares.map((numRuns, at) => fc.check(property, { numRuns, seed: seed + at }))),
    );
    const failed = result.find((details) => details.failed);
    if (failed) return describe(failed as unknown as fc.RunDetails<[unknown]>);
    const [stray] = strays;
    return stray === undefined ? null : `nobody caught: ${stray instanceof Error ? stray.stack : String(stray)}`;
  } finally {
    await opened.close();
  }
}

/** Tries a target with so many cases; stops at the first thing that it finds. The same seed tries the same again. */
export async function fuzz(target: FuzzTarget, { cases, seed, onCase = () => {} }: FuzzOptions): Promise<FuzzReport> {
  const start = performance.now();
  let tried = 0;
  let found: string | null = null;
  const count = () => {
    tried++;
    onCase();
  };
  for (let round = 0; found === null && round * ROUND < cases; round++) {
    const rest = Math.min(ROUND, cases - round * ROUND);
    found = await runRound(target, rest, seed + round * target.lanes, count);
  }
  return { target: target.name, cases: tried, seed, ms: performance.now() - start, found };
}
