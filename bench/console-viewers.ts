import type { Readable } from "node:stream";
import { Agent, request } from "undici";
import type { Service } from "./service.js";

/** What the viewers saw: how long the longest silence of any of them was, and how much came. */
export interface Seen {
  readonly longestMs: number;
  readonly updates: number;
  readonly bytes: number;
}

/** Opens the live overview so many times; what is returned closes them, and tells what came since then. */
export async function openViewers(service: Service, cookie: string, viewers: number): Promise<() => Promise<Seen>> {
  const agent = new Agent({ connections: viewers, bodyTimeout: 0 });
  const bodies: Readable[] = [];
  const seen = { longestMs: 0, updates: 0, bytes: 0 };
  const lasts: number[] = [];
  async function watch(): Promise<void> {
    const answer = await request(`${service.url}/live`, { headers: { cookie }, dispatcher: agent });
    bodies.push(answer.body);
    if (answer.statusCode !== 200) throw new Error(`/live: ${answer.statusCode}`);
    const place = lasts.push(performance.now()) - 1;
    void (async () => {
      for await (const chunk of answer.body) {
        seen.bytes += (chunk as Buffer).length;
        if (!String(chunk).includes("event: figures")) continue;
        const now = performance.now();
        seen.longestMs = Math.max(seen.longestMs, now - (lasts[place] ?? now));
        lasts[place] = now;
        seen.updates++;
      }
    })().catch(() => undefined);
  }
  await Promise.all(Array.from({ length: viewers }, watch));
  return async () => {
    const now = performance.now();
    for (const last of lasts) seen.longestMs = Math.max(seen.longestMs, now - last);
    const found = { ...seen };
    for (const body of bodies) body.destroy();
    await agent.destroy();
    return found;
  };
}
