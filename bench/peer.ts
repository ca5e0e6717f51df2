import { createHash } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import { Worker } from "bullmq";
import { Agent, request } from "undici";
import { PrismaClient } from "../src/store/generated/postgresql/client.js";
import { answerCalls } from "./child.js";

// What one would write by hand: a job for each delivery holds its document; it is posted, and Prisma keeps what came
// back. Each program at its best: connections are kept, nothing is read back that nobody needs, no job outlives its end.

export interface PeerJob {
  readonly id: string;
  readonly url: string;
  readonly document: string;
}

interface PeerOptions {
  readonly queue: string;
  readonly redis: { readonly port: number; readonly db: number };
  readonly concurrency: number;
  /** null: without a database. */
  readonly database: { readonly url: string; readonly schema: string } | null;
}

const CONNECTIONS = 20;
const agent = new Agent({ pipelining: 1 });

async function post({ id, url, document }: PeerJob) {
  const headers = { "content-type": "application/json", "webhook-id": id };
  const startedAt = Date.now();
  const answer = await request(url, { method: "POST", body: document, headers, dispatcher: agent });
  const response = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`the sink answered ${answer.statusCode}`);
  return { startedAt, durationMs: Date.now() - startedAt, code: answer.statusCode, response };
}

async function record(prisma: PrismaClient, { id, document }: PeerJob, report: object): Promise<void> {
  const sha256 = createHash("sha256").update(document).digest("hex");
  await prisma.attempt.create({
    data: { delivery_id: id, number: 1, body: document, sha256, report: JSON.stringify(report) },
    select: { number: true },
  });
  await prisma.delivery.update({
    where: { id },
    data: { state: "delivered", attempts: 1, finished_at: BigInt(Date.now()) },
    select: { id: true },
  });
}

const calls = {
  /** Works what waits in the queue from now on. */
  work({ queue, redis, concurrency, database }: PeerOptions): void {
    const adapter = database && new PrismaPg({ connectionString: database.url, max: CONNECTIONS }, database);
    const prisma = adapter && new PrismaClient({ adapter });
    const handle = async ({ data }: { data: PeerJob }) => {
      const report = await post(data);
      if (prisma) await record(prisma, data, report);
    };
    const connection = { host: "127.0.0.1", ...redis, maxRetriesPerRequest: null };
    const removed = { removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } };
    new Worker<PeerJob>(queue, handle, { connection, concurrency, ...removed }).on("error", (error) => {
      process.stderr.write(`${error}\n`);
    });
  },
  /** Milliseconds that all its threads have used of the processor since it was started. */
  cpuMs(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

export type PeerCalls = typeof calls;

answerCalls(calls);
