import { Readable } from "node:stream";
import { Client } from "basic-ftp";
import { answerCalls, type Spent, stopwatch } from "./child.js";

const client = new Client();

const calls = {
  async connect(host: string, port: number, user: string, password: string): Promise<void> {
    await client.access({ host, port, user, password });
  },
  /** Uploads each document under a temporary name, looks at its size and renames it. */
  async upload(files: readonly (readonly [name: string, document: string])[]): Promise<Spent> {
    const spent = stopwatch();
    for (const [name, document] of files) {
      const body = Buffer.from(document);
      await client.uploadFrom(Readable.from([body], { objectMode: false }), `${name}.part`);
      const size = await client.size(`${name}.part`);
      if (size !== body.length) throw new Error(`the server kept ${size} of ${body.length} bytes`);
      await client.rename(`${name}.part`, name);
    }
    return spent();
  },
};

export type BareFtpCalls = typeof calls;

answerCalls(calls);
