import { Agent, request } from "undici";
import { answerCalls, type Spent, stopwatch } from "./child.js";

const agent = new Agent({ pipelining: 1 });

const calls = {
  /** Posts `body` `count` times, to each address `concurrency` at a time. */
  async post(urls: readonly string[], body: string, count: number, concurrency: number): Promise<Spent> {
    const headers = { "content-type": "application/json" };
    let started = 0;
    const loop = async (url: string) => {
      while (started++ < count) {
        const answer = await request(url, { method: "POST", body, headers, dispatcher: agent });
        await answer.body.dump();
        if (answer.statusCode !== 200) throw new Error(`the sink answered ${answer.statusCode}`);
      }
    };
    const spent = stopwatch();
    await Promise.all(urls.flatMap((url) => Array.from({ length: concurrency }, () => loop(url))));
    return spent();
  },
};

export type BareHttpCalls = typeof calls;

answerCalls(calls);
