import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What the proxy does to the connections that pass through it. Bytes are counted per connection, from the client. */
type ProxyFault =
  | { readonly kind: "none" }
  /** Each chunk is handed on so much later, both ways. */
  | { readonly kind: "latency"; readonly ms: number }
  /** The server's answers arrive byte by byte. */
  | { readonly kind: "drip"; readonly everyMs: number }
  /** Nothing is handed on, either way; the connection stays open. */
  | { readonly kind: "black-hole" }
  /** Once so many bytes came from the client: both sides are reset. */
  | { readonly kind: "reset"; readonly afterBytes: number }
  /** Once so many bytes came from the client: both sides are closed in good order. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** Once so many bytes came from the client: the client sees the server's end, and its own bytes go nowhere. */
  | { readonly kind: "half-close"; readonly afterBytes: number };

export interface FaultProxy {
  readonly port: number;
  /** Connections accepted since the start. */
  readonly accepted: number;
  /** Connections open now. */
  readonly open: number;
  /** For the connections that are open and those to come. */
  setFault(fault: ProxyFault): void;
  /** Nothing passes through the connections that are open, for good, and neither side hears of it; new ones are fine. */
  lose(): void;
  stop(): Promise<void>;
}

/** Begins to listen on a free port of 127.0.0.1, in front of `target`. */
export async function startFaultProxy(target: { port: number; host?: string }): Promise<FaultProxy> {
  let fault: ProxyFault = { kind: "none" };
  let accepted = 0;
  const clients = new Set<Socket>();
  const lost = new WeakSet<Socket>();

  const server = createServer((client) => {
    accepted++;
    clients.add(client);
    client.on("close", () => clients.delete(client));
    passOn(client, connect(target.port, target.host ?? "127.0.0.1"), () =>
      lost.has(client) ? { kind: "black-hole" } : fault,
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return accepted;
    },
    get open() {
      return clients.size;
    },
    setFault(next) {
      fault = next;
    },
    lose() {
      for (const client of clients) lost.add(client);
    },
    async stop() {
      for (const client of clients) client.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function passOn(client: Socket, server: Socket, fault: () => ProxyFault): void {
  let received = 0;
  for (const [socket, other] of [
    [client, server],
    [server, client],
  ] as const) {
    socket.setNoDelay(true);
    socket.on("error", () => other.destroy());
    socket.on("close", () => other.destroy());
    socket.on("end", () => fault().kind !== "black-hole" && other.end());
  }
  client.on("data", (chunk) => {
    received += chunk.length;
    const now = fault();
    if ("afterBytes" in now && received >= now.afterBytes) breakOff(client, server, now.kind);
    else if (now.kind === "latency") setTimeout(() => server.writable && server.write(chunk), now.ms);
    else if (now.kind !== "black-hole") server.write(chunk);
  });
  server.on("data", (chunk) => {
    const now = fault();
    if (now.kind === "drip") drip(chunk, server, client, now.everyMs);
    else if (now.kind === "latency") setTimeout(() => client.writable && client.write(chunk), now.ms);
    else if (now.kind !== "black-hole") client.write(chunk);
  });
}

function breakOff(client: Socket, server: Socket, kind: "reset" | "cut" | "half-close"): void {
  if (kind === "reset") {
    client.resetAndDestroy();
    server.resetAndDestroy();
  } else {
    client.end();
    if (kind === "cut") server.end();
  }
}

function drip(chunk: Buffer, server: Socket, client: Socket, everyMs: number): void {
  server.pause();
  let at = 0;
  const timer = setInterval(() => {
    if (client.writable && at < chunk.length) client.write(chunk.subarray(at, ++at));
    else {
      clearInterval(timer);
      server.resume();
    }
  }, everyMs);
  client.once("close", () => clearInterval(timer));
}
