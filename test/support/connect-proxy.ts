import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { EgressProxy } from "../../src/transports/transport.js";

/** An HTTP proxy that knows CONNECT alone. */
export interface ConnectProxy {
  /** As Waybell is set to use it. */
  readonly egress: EgressProxy;
  readonly port: number;
  /** Where it was asked to connect to, as it was written. */
  readonly asked: string[];
  /** Whole heads that it got. */
  readonly heads: string[];
  /** What it answers instead of connecting; "" for nothing, undefined for doing its work. */
  answer: string | undefined;
  stop(): Promise<void>;
}

interface ConnectProxyOptions {
  /** `user:password` that it demands. */
  readonly login?: string;
  /** Where it connects to, whatever address it is asked for; by default this machine. */
  readonly host?: string;
}

const MAX_HEAD = 16_384;

function join(client: Socket, port: number, host: string): void {
  const server = connect({ port, host, noDelay: true });
  server.on("error", () => client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
  server.once("connect", () => {
    client.write("HTTP/1.1 200 Connection established\r\nvia: 1.1 test\r\n\r\n");
    client.pipe(server).pipe(client);
  });
  client.on("close", () => server.destroy());
  server.on("close", () => client.destroy());
}

/** Begins to listen on a free port of 127.0.0.1. */
export async function startConnectProxy({
  login,
  host = "127.0.0.1",
}: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const asked: string[] = [];
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  const authorization = login === undefined ? undefined : `Basic ${Buffer.from(login).toString("base64")}`;

  const take = (client: Socket, head: string) => {
    heads.push(head);
    const [, target = "", port = ""] = /^CONNECT (\S+:(\d+)) HTTP\/1\.1\r\n/.exec(head) ?? [];
    asked.push(target);
    const [, given] = /\r\nproxy-authorization: ([^\r]+)/i.exec(head) ?? [];
    if (proxy.answer !== undefined) client.write(proxy.answer);
    else if (target === "") client.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    else if (given !== authorization) client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    else join(client, Number(port), host);
  };
  const server = createServer({ noDelay: true }, (client) => {
    sockets.add(client);
    client.on("close", () => sockets.delete(client)).on("error", () => client.destroy());
    let head = "";
    const read = (chunk: Buffer) => {
      head += chunk.toString("latin1");
      if (head.length > MAX_HEAD) return client.destroy();
      if (!head.endsWith("\r\n\r\n")) return undefined;
      client.off("data", read);
      return take(client, head);
    };
    client.on("data", read);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const proxy: ConnectProxy = {
    egress: { host: "127.0.0.1", port, ...(authorization === undefined ? {} : { authorization }) },
    port,
    asked,
    heads,
    answer: undefined,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}
