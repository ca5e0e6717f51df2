import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onExit } from "./cleanup.js";

/** What a program in a process of its own can be asked for, by name. */
export type Calls = Readonly<Record<string, (...args: never[]) => unknown>>;

interface Request {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A program in a process of its own. */
export interface Child<C extends Calls> {
  /** Throws what the call threw, as an Error with its text. */
  call<K extends keyof C & string>(name: K, ...args: Parameters<C[K]>): Promise<Awaited<ReturnType<C[K]>>>;
  stop(): Promise<void>;
}

/** Starts a program of this folder, such as `./sink.ts`. It ends with this process, however this one ends. */
export function startChild<C extends Calls>(file: URL): Child<C> {
  const child: ChildProcess = fork(fileURLToPath(file), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let last = 0;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const forget = onExit(() => child.kill("SIGKILL"));
  child.on("message", ({ id, value, error }: Answer) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(new Error(error));
  });
  void gone.then(() => {
    for (const { reject } of waiting.values()) reject(new Error(`${file.pathname} ended before it answered`));
  });
  return {
    call(name, ...args) {
      last++;
      const request: Request = { id: last, name, args };
      return new Promise((resolve, reject) => {
        waiting.set(request.id, { resolve: resolve as (value: unknown) => void, reject });
        child.send(request, (error) => error && reject(error));
      });
    },
    async stop() {
      child.kill("SIGKILL");
      await gone;
      forget();
    },
  };
}

/** What some work took. */
export interface Spent {
  readonly ms: number;
  /** Of the processor, system calls included. */
  readonly cpuMs: number;
}

/** Begins to measure this process; what is returned tells what was spent since then. */
export function stopwatch(): () => Spent {
  const cpu = process.cpuUsage();
  const start = performance.now();
  return () => {
    const ms = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    return { ms, cpuMs: (user + system) / 1000 };
  };
}

/** The other side: answers the parent's calls until the parent is gone. */
export function answerCalls(calls: Calls): void {
  process.on("disconnect", () => process.exit());
  process.on("message", async ({ id, name, args }: Request) => {
    let answer: Answer;
    try {
      answer = { id, value: await calls[name]?.(...(args as never[])) };
    } catch (error) {
      answer = { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    process.send?.(answer);
  });
}
