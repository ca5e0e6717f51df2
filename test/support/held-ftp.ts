import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** An FTP server that says nothing by itself: each of its lines is let go by the test's own hand. */
export interface HeldFtp {
  readonly port: number;
  /** Connections that are open. */
  readonly open: number;
  /** Says a line to whoever has connected last, once somebody has and has sent a command after the line before. */
  say(line: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startHeldFtp(): Promise<HeldFtp> {
  const sockets: Socket[] = [];
  const unanswered = new WeakSet<Socket>();
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.splice(sockets.indexOf(socket), 1));
    unanswered.add(socket);
    socket.on("data", () => unanswered.add(socket));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get open() {
      return sockets.length;
    },
    async say(line) {
      if (sockets.length === 0) await once(server, "connection");
      const socket = sockets.at(-1);
      if (!socket) throw new Error("the connection is gone");
      if (!unanswered.has(socket)) await once(socket, "data");
      unanswered.delete(socket);
      socket.write(`${line}\r\n`);
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
