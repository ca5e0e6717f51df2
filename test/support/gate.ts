import { randomInt } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A port of its own before a server, FTP data connections included, that can be shut and can hold an upload. */
export interface Gate {
  readonly port: number;
  /** Breaks all connections and refuses new ones. */
  shut(): Promise<void>;
  /** Lets connections in again, on the same port. */
  open(): Promise<void>;
  /** Resolves when a client has sent so many bytes over one connection; what it sends after them goes nowhere. */
  holdAfter(bytes: number): Promise<void>;
}

interface Hold {
  readonly bytes: number;
  readonly reached: () => void;
}

async function listen(port: number, onSocket: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onSocket).listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/**
 * On a port below those that the system gives to whoever asks for any (32768 and above, on Linux): while the gate is shut,
 * nobody takes it.
 */
async function listenBelow(onSocket: (socket: Socket) => void): Promise<Server> {
  for (let tries = 1; ; tries++) {
    try {
      return await listen(randomInt(20_000, 32_768), onSocket);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || tries === 20) throw error;
    }
  }
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** Opens before `target`, a port of 127.0.0.1. It is open until `shut`. */
export async function startGate(target: number): Promise<Gate> {
  const sockets = new Set<Socket>();
  let hold: Hold | undefined;

  function track(socket: Socket, other: Socket): void {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("end", () => other.end());
    socket.on("close", () => {
      sockets.delete(socket);
      other.destroySoon();
    });
  }

  function join(client: Socket, to: number): void {
    const server = connect(to, "127.0.0.1");
    track(client, server);
    track(server, client);
    let received = 0;
    client.on("data", (chunk) => {
      received += chunk.length;
      if (!hold || received < hold.bytes) {
        server.write(chunk);
        return;
      }
      server.write(chunk.subarray(0, chunk.length - (received - hold.bytes)));
      client.pause();
      hold.reached();
      hold = undefined;
    });
    server.on("data", (chunk: Buffer) => void openData(chunk).then((bytes) => client.write(bytes)));
  }

  /** The server's answer to EPSV with the port of a gate for that one data connection in it. */
  async function openData(chunk: Buffer): Promise<Buffer> {
    const text = chunk.toString("latin1");
    const [told, port] = /^229 .*\(\|\|\|(\d+)\|\)/.exec(text) ?? [];
    if (told === undefined) return chunk;
    const data = await listen(0, (socket) => {
      data.close();
      join(socket, Number(port));
    });
    return Buffer.from(text.replace(`|||${port}|`, `|||${portOf(data)}|`), "latin1");
  }

  let server = await listenBelow((socket) => join(socket, target));
  const port = portOf(server);
  return {
    port,
    async shut() {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, "close");
    },
    async open() {
      server = await listen(port, (socket) => join(socket, target));
    },
    holdAfter: (bytes) =>
      new Promise<void>((reached) => {
        hold = { bytes, reached };
      }),
  };
}
