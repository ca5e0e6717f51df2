import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Certificate } from "./certificates.js";

/** What a server does with a connection, whatever is said on it. */
export type Behaviour = (socket: Socket) => void;

export interface HostileServer {
  readonly port: number;
  /** Connections that are open now: whoever has only closed its own side still holds one. */
  readonly open: number;
  /** Connections accepted so far; with TLS, those that shook hands. */
  readonly accepted: number;
  stop(): Promise<void>;
}

const EVERY_MS = 50;

/** A client that is gone answers this with a reset; one that still holds the connection goes on taking it. */
function probe(socket: Socket): void {
  const timer = setInterval(() => {
    if (socket.writable) socket.write("\0");
  }, EVERY_MS);
  socket.on("close", () => clearInterval(timer));
}

/** Begins to listen on a free port of 127.0.0.1. */
export async function startHostile(behave: Behaviour, certificate?: Certificate): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const take = (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    socket.on("end", () => probe(socket));
    behave(socket);
  };
  const server = certificate
    ? createTlsServer({ ...certificate, allowHalfOpen: true }, take)
    : createServer({ allowHalfOpen: true, noDelay: true }, take);
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get open() {
      return sockets.size;
    },
    get accepted() {
      return accepted;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Accepts, reads and never says a word. */
export const silent: Behaviour = (socket) => void socket.resume();

/** Takes what the system takes by itself, and reads none of it for so long. */
export const notReading =
  (ms: number): Behaviour =>
  (socket) => {
    socket.pause();
    const timer = setTimeout(() => socket.resume(), ms);
    socket.on("close", () => clearTimeout(timer));
  };

/** Stands before another server of this machine, so that its connections are counted. */
export const relaying =
  (port: number): Behaviour =>
  (socket) => {
    const server = connect(port, "127.0.0.1");
    server.setNoDelay();
    server.on("error", () => socket.resetAndDestroy()).on("close", () => socket.destroySoon());
    socket.on("close", () => server.destroy());
    socket.pipe(server).pipe(socket);
  };

/** Greets, answers the first that it is asked, and after that reads and never says a word. */
export const quietAfter =
  (greeting: string, answer: string): Behaviour =>
  (socket) => {
    socket.write(greeting);
    socket.once("data", () => {
      socket.write(answer);
      socket.resume();
    });
  };

/** Speaks before it is asked anything. */
export const speaking =
  (text: string): Behaviour =>
  (socket) =>
    void socket.resume().write(text);

/** Once it was asked something, says `head` and `more` so many times, and nothing after that. */
export const sayingWhenAsked =
  (head: string, more: string, times: number): Behaviour =>
  (socket) =>
    void socket.once("data", () => socket.resume().write(head + more.repeat(times)));

/** Says a text byte by byte, and its last byte again and again. */
function drip(socket: Socket, text: string): void {
  const bytes = Buffer.from(text);
  let at = 0;
  const timer = setInterval(() => {
    socket.write(bytes.subarray(at, at + 1));
    at = Math.min(at + 1, bytes.length - 1);
  }, EVERY_MS);
  socket.on("close", () => clearInterval(timer));
}

/** Says `head`, then a text byte by byte, and its last byte again and again. */
export const dripping =
  (text: string, head = ""): Behaviour =>
  (socket) => {
    socket.resume();
    if (head !== "") socket.write(head);
    drip(socket, text);
  };

/** Says `head`, and `more` without an end, as fast as it is taken. */
function flood(socket: Socket, head: string, more: string): void {
  const chunk = Buffer.from(more.repeat(Math.ceil(16_384 / more.length)));
  socket.write(head);
  const pour = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on("drain", pour);
  pour();
}

/** At once. */
export const flooding =
  (head: string, more: string): Behaviour =>
  (socket) => {
    socket.resume();
    flood(socket, head, more);
  };

/** Once it was asked something. */
export const floodingWhenAsked =
  (head: string, more: string): Behaviour =>
  (socket) => {
    socket.once("data", () => {
      socket.resume();
      flood(socket, head, more);
    });
  };

/** Says something, and resets the connection once it was asked something. */
export const resetting =
  (text = ""): Behaviour =>
  (socket) => {
    socket.write(text);
    socket.once("data", () => socket.resetAndDestroy());
  };

/** Says something, closes its side, and goes on listening. */
export const halfClosing =
  (text = "", whenAsked = false): Behaviour =>
  (socket) => {
    if (whenAsked) socket.once("data", () => socket.resume().end(text));
    else socket.resume().end(text);
  };

/** What a command can lead to: a flood, a text in drips, or nothing more from this side. */
export const pouring = (more: string) => (socket: Socket) => flood(socket, "", more);
export const drippingOut = (text: string) => (socket: Socket) => drip(socket, text);
export const closing = (socket: Socket) => void socket.end();

/** Answers commands by their first word, as an FTP server would, and after one does something else; the rest gets `500`. */
export const answering =
  (answers: Readonly<Record<string, string>>, after?: readonly [command: string, then: Behaviour]): Behaviour =>
  (socket) => {
    socket.write(answers[""] ?? "220 Welcome\r\n");
    let rest = "";
    socket.on("data", (chunk) => {
      rest += chunk.toString("latin1");
      const lines = rest.split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const command = line.split(" ")[0] ?? "";
        if (socket.writable) socket.write(answers[command] ?? "500 Not known\r\n");
        if (command === after?.[0]) after[1](socket);
      }
    });
  };
