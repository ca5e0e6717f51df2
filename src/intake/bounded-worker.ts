import { type Job, type JobJson, Worker, type WorkerOptions } from "bullmq";

/**
 * A worker that takes jobs one by one while those in its hands are large: BullMQ bounds their number only, and a hundred
 * events with pictures are gigabytes. What it holds is at most `maxBytes` and one job.
 */
export class BoundedWorker extends Worker<unknown> {
  readonly #bytes = new Map<string, number>();
  readonly #most: { readonly jobs: number; readonly bytes: number };
  #held = 0;

  constructor(
    name: string,
    run: (job: Job<unknown>, token?: string) => Promise<unknown>,
    options: WorkerOptions & { readonly concurrency: number },
    maxBytes: number,
  ) {
    super(name, run, options);
    this.#most = { jobs: options.concurrency, bytes: maxBytes };
  }

  // The only place that sees how large a job is, before it is parsed.
  protected override createJob(json: JobJson, id: string): Job<unknown> {
    this.#letGo(id);
    this.#bytes.set(id, json.data.length);
    this.#count(json.data.length);
    return super.createJob(json, id);
  }

  override async processJob(
    ...args: Parameters<Worker<unknown>["processJob"]>
  ): ReturnType<Worker<unknown>["processJob"]> {
    try {
      return await super.processJob(...args);
    } finally {
      this.#letGo(args[0].id ?? "");
    }
  }

  #letGo(id: string): void {
    this.#count(-(this.#bytes.get(id) ?? 0));
    this.#bytes.delete(id);
  }

  #count(bytes: number): void {
    this.#held += bytes;
    this.concurrency = this.#held > this.#most.bytes ? 1 : this.#most.jobs;
  }
}
