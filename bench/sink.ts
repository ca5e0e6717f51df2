import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { answerCalls } from "./child.js";

// The receiver of both sides, in a process of its own. It speaks just enough HTTP to answer a POST that says its
// length, straight on the socket: node:http would be slower than the bare loop, and so hold it back.

const ANSWER = Buffer.from("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok");
const HEADERS_END = "\r\n\r\n";
const LAST_KEPT = 16;

let count = 0;
let bodyBytes = 0;
let connections = 0;
let silent = 0;
let first = 0;
let latest = 0;
let last: Buffer[] = [];
let arrivals: [key: string, at: number][] | null = null;
let awaited: { total: number; reached: () => void } | null = null;

function arrived(headers: Buffer, body: Buffer): void {
  latest = performance.now();
  if (count === 0) first = latest;
  count++;
  bodyBytes += body.length;
  last[count % LAST_KEPT] = headers;
  if (arrivals) {
    const at = Number(process.hrtime.bigint()) / 1e6;
    arrivals.push([(JSON.parse(body.toString()) as { order: string }).order, at]);
  }
  if (awaited && count >= awaited.total) awaited.reached();
}

function lengthOf(headers: Buffer): number {
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(headers.toString("latin1")) ?? [];
  if (length === undefined) throw new Error("the sink takes requests with content-length only");
  return Number(length);
}

function serve(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0);
  connections++;
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    let data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (;;) {
      const end = data.indexOf(HEADERS_END);
      if (end < 0) break;
      const headers = data.subarray(0, end);
      const bodyAt = end + HEADERS_END.length;
      const next = bodyAt + lengthOf(headers);
      if (data.length < next) break;
      arrived(headers, data.subarray(bodyAt, next));
      socket.write(ANSWER);
      data = data.subarray(next);
    }
    rest = data;
  });
}

const calls = {
  /** Begins to listen on one more port of 127.0.0.1, or of another host; which. */
  async listen(host = "127.0.0.1"): Promise<number> {
    const server = createServer(serve).listen({ host, port: 0, backlog: 1024 });
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  },
  /** Begins to listen on one more port, where connections are accepted and nothing is ever said; which. */
  async listenSilently(host = "127.0.0.1"): Promise<number> {
    const server = createServer((socket) => {
      silent++;
      socket.on("error", () => socket.destroy());
      socket.resume();
    });
    server.listen({ host, port: 0, backlog: 1024 });
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  },
  /** How many connections have got no answer, ever. */
  silent: (): number => silent,
  /** Milliseconds from the first to the last arrival since the last reset. */
  span: (): number => latest - first,
  /** Begins to count anew; with `keepArrivals` it also keeps when each order arrived. */
  reset(keepArrivals = false): void {
    count = 0;
    bodyBytes = 0;
    connections = 0;
    last = [];
    arrivals = keepArrivals ? [] : null;
  },
  /** What has arrived since the last reset, and how many connections were opened for it. */
  counts: () => ({ count, bodyBytes, connections }),
  /** Answers when so many have arrived, or after `ms`; tells how many. */
  async reach(total: number, ms: number): Promise<number> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((reached) => {
      awaited = { total, reached };
      timer = setTimeout(reached, ms);
      if (count >= total) reached();
    });
    clearTimeout(timer);
    awaited = null;
    return count;
  },
  /** The webhook-id of the last few that arrived. */
  lastIds: (): string[] =>
    last.flatMap((headers) => /\r\nwebhook-id: ([^\r]+)/i.exec(headers.toString("latin1"))?.slice(1) ?? []),
  /** Order and time of arrival, in ms of the machine's monotonic clock. */
  arrivals: (): [key: string, at: number][] => arrivals ?? [],
};

export type SinkCalls = typeof calls;

answerCalls(calls);
