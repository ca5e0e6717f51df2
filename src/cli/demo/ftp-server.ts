import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createSecureContext } from "node:tls";
import { folderFiles } from "./folder-files.js";
import { type FtpMisbehaviour, FtpSession } from "./ftp-session.js";

export interface FtpServerOptions {
  /** The folder on disk that holds what it gets. */
  readonly root: string;
  readonly username: string;
  readonly password: string;
  /** 0 for a free one. */
  readonly port?: number;
  readonly tls?: {
    readonly mode: "explicit" | "implicit";
    readonly cert: string;
    readonly key: string;
    /** What data connections show instead, as somebody in between would. */
    readonly data?: { readonly cert: string; readonly key: string };
  };
}

/** A small FTP server on 127.0.0.1. */
export interface FtpServer {
  readonly port: number;
  /** Connections accepted since the start. */
  readonly accepted: number;
  /** The commands that came, without passwords. */
  readonly commands: readonly string[];
  /** How it errs from now on; `{}` for not at all. */
  misbehave(misbehaviour: FtpMisbehaviour): void;
  /** Goes down: breaks all connections and frees the port. */
  pause(): Promise<void>;
  /** Comes back on the same port, with its files. */
  resume(): Promise<void>;
  close(): Promise<void>;
}

const MAX_COMMANDS = 10_000;

async function listen(port: number, onSocket: (socket: Socket) => void): Promise<Server> {
  // Replies are small and follow one another: held back for the acknowledgement of the last, each costs 40 ms.
  const server = createServer({ noDelay: true }, onSocket);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Begins to listen. Throws when the port is taken. */
export async function startFtpServer(options: FtpServerOptions): Promise<FtpServer> {
  const { root, username, password, tls } = options;
  const store = folderFiles(root);
  const sockets = new Set<Socket>();
  const commands: string[] = [];
  const secureContext = tls ? createSecureContext({ cert: tls.cert, key: tls.key }) : undefined;
  const dataContext = tls?.data ? createSecureContext(tls.data) : undefined;
  let misbehaviour: FtpMisbehaviour = {};
  let accepted = 0;

  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  };
  const onSocket = (socket: Socket) => {
    accepted++;
    track(socket);
    new FtpSession(socket, {
      username,
      password,
      store,
      secureContext,
      dataContext,
      implicit: tls?.mode === "implicit",
      misbehaviour: () => misbehaviour,
      onCommand: (line) => commands.length < MAX_COMMANDS && commands.push(line),
      onSocket: track,
    });
  };

  let server = await listen(options.port ?? 0, onSocket);
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const pause = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  return {
    port,
    get accepted() {
      return accepted;
    },
    commands,
    misbehave(next) {
      misbehaviour = next;
    },
    pause,
    async resume() {
      if (!server.listening) server = await listen(port, onSocket);
    },
    close: pause,
  };
}
