import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Item = Record<string, unknown> & { id: string; order: string };

/** What one request meets; none left: it is taken. */
export type Behaviour = (items: Item[], response: ServerResponse, server: RudeServer) => void | Promise<void>;

/** A few lines in place of the API that fail as they are told to. */
export interface RudeServer {
  readonly url: string;
  /** For the next requests, used up from the front. */
  readonly next: Behaviour[];
  /** For each request that finds nothing in `next`. */
  always: Behaviour;
  /** By id, in the order in which they were taken; how often each was sent is in `sent`. */
  readonly taken: Map<string, Item>;
  readonly sent: Map<string, number>;
  /** The number of items of each request. */
  readonly requests: number[];
  readonly headers: IncomingMessage["headers"][];
  readonly mostAtOnce: number;
  take(items: readonly Item[]): object[];
  close(): Promise<void>;
}

export function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

export const accept: Behaviour = (items, response, server) => answer(response, 202, server.take(items));

export const status =
  (code: number, headers: Record<string, string> = {}): Behaviour =>
  (_items, response) =>
    answer(response, code, { title: "No", detail: "Not now." }, headers);

/** Refuses by name what `isFaulty`, as the API does: nothing of the request is taken. */
export const refusing =
  (isFaulty: (item: Item) => boolean, code = 422): Behaviour =>
  (items, response, server) => {
    const errors = items.flatMap((item, at) =>
      isFaulty(item) ? [{ path: `/${at}/statusTime`, message: "is no time" }] : [],
    );
    if (errors.length === 0) return accept(items, response, server);
    answer(response, code, { title: "Faulty input", detail: "The request has faulty fields.", errors });
  };

async function readItems(request: IncomingMessage): Promise<Item[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as Item[];
}

export async function startRudeServer(): Promise<RudeServer> {
  let underWay = 0;
  let mostAtOnce = 0;
  const server = createServer(async (request, response) => {
    const items = await readItems(request);
    mostAtOnce = Math.max(mostAtOnce, ++underWay);
    response.on("close", () => underWay--);
    rude.requests.push(items.length);
    rude.headers.push(request.headers);
    for (const { id } of items) rude.sent.set(id, (rude.sent.get(id) ?? 0) + 1);
    await (rude.next.shift() ?? rude.always)(items, response, rude);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const rude: RudeServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next: [],
    always: accept,
    taken: new Map(),
    sent: new Map(),
    requests: [],
    headers: [],
    get mostAtOnce() {
      return mostAtOnce;
    },
    take: (items) =>
      items.map((item) => {
        const duplicate = rude.taken.has(item.id);
        if (!duplicate) rude.taken.set(item.id, item);
        return { id: `evt_${item.id}`, duplicate, deliveries: 1 };
      }),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
  return rude;
}
