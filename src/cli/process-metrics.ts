import cluster, { type Worker } from "node:cluster";
import { systemClock } from "../clock.js";
import { metricsTogether } from "../metrics/together.js";

/** Whoever has not answered by then is left out: a scrape waits no longer. */
const ANSWER_MS = 3_000;

/** Between the processes of one `--processes`: a process asks for all metrics, and each is asked for its own. */
type Message =
  | { readonly metrics: "all"; readonly id: number; readonly text?: string }
  | { readonly metrics: "own"; readonly id: number; readonly text?: string };

const isMessage = (message: unknown): message is Message =>
  typeof message === "object" && message !== null && "metrics" in message;

/**
 * In the process that runs the others: hands the metrics of all to each that asks. `nameOf`: of a process, the same for
 * the one that takes its place, or the label would have ever new values.
 */
export function shareMetrics(nameOf: (worker: Worker) => string): void {
  let last = 0;
  const open = new Map<number, (text: string) => void>();

  function own(worker: Worker): Promise<string | null> {
    const id = ++last;
    return new Promise((resolve) => {
      const cancel = systemClock.after(ANSWER_MS, () => {
        open.delete(id);
        resolve(null);
      });
      open.set(id, (text) => {
        cancel();
        resolve(text);
      });
      worker.send({ metrics: "own", id } satisfies Message, () => {});
    });
  }

  async function all(asker: Worker, id: number): Promise<void> {
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    const texts = new Map<string, string>();
    for (const [worker, text] of await Promise.all(workers.map(async (one) => [one, await own(one)] as const))) {
      if (text !== null) texts.set(nameOf(worker), text);
    }
    if (asker.isConnected())
      asker.send({ metrics: "all", id, text: metricsTogether(texts) } satisfies Message, () => {});
  }

  cluster.on("message", (worker, message: unknown) => {
    if (!isMessage(message)) return;
    if (message.metrics === "all") void all(worker, message.id);
    else {
      open.get(message.id)?.(message.text ?? "");
      open.delete(message.id);
    }
  });
}

/** In one of several processes: answers for its own metrics, and returns what asks for those of all. */
export function sharedMetrics(own: () => Promise<string>): () => Promise<string> {
  let last = 0;
  const open = new Map<number, (text: string) => void>();
  process.on("message", (message: unknown) => {
    if (!isMessage(message)) return;
    if (message.metrics === "own") {
      void own().then((text) => process.send?.({ metrics: "own", id: message.id, text } satisfies Message));
    } else {
      open.get(message.id)?.(message.text ?? "");
      open.delete(message.id);
    }
  });
  return () =>
    new Promise((resolve) => {
      const id = ++last;
      open.set(id, resolve);
      process.send?.({ metrics: "all", id } satisfies Message);
    });
}
