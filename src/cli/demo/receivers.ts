import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

const MAX_BODY_BYTES = 32 * 1024 * 1024;
const MAX_MAIL_BYTES = 16 * 1024 * 1024;

/** One delivery as it arrived: the same `id` means that it was sent again. */
export interface Arrival {
  readonly id: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A customer's web server. It remembers what it was sent, and can go down and come back on the same port. */
export interface HttpReceiver {
  readonly url: string;
  readonly arrivals: Arrival[];
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) throw new Error("the body is too large");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Starts a receiver on a free port. With `apiKey` it refuses requests that do not carry it as X-API-KEY. */
export async function startHttpReceiver(apiKey: string | null): Promise<HttpReceiver> {
  const arrivals: Arrival[] = [];
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    // A check of the connection asks this, and delivers nothing.
    if (request.method === "OPTIONS") return void response.writeHead(204, { allow: "GET, POST" }).end();
    if (apiKey !== null && request.headers["x-api-key"] !== apiKey) return void response.writeHead(401).end();
    const { searchParams } = new URL(request.url ?? "/", "http://receiver");
    const fields = request.method === "POST" ? JSON.parse(body) : Object.fromEntries(searchParams);
    arrivals.push({ id: String(request.headers["webhook-id"]), fields });
    response.writeHead(200, { "content-type": "text/plain" }).end("thank you");
  }
  const open = () =>
    createServer((request, response) => {
      receive(request, response).catch(() => response.destroy());
    });
  let server = open();
  const port = await listen(server, 0);
  const goDown = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${port}`,
    arrivals,
    goDown,
    async comeBack() {
      server = open();
      await listen(server, port);
    },
    close: goDown,
  };
}

/** A mail as far as the demo looks at it. */
export interface ReceivedMail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly raw: string;
}

export interface MailReceiver {
  readonly url: string;
  readonly mails: ReceivedMail[];
  close(): Promise<void>;
}

/** Decodes a header's encoded words (RFC 2047). */
export function decodeHeader(text: string): string {
  const joined = text.replace(/\r?\n[ \t]+/g, " ").replace(/\?=\s+=\?/g, "?==?");
  return joined.replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, data: string) => {
    if (kind.toLowerCase() === "b") return Buffer.from(data, "base64").toString("utf8");
    const bytes = data
      .replaceAll("_", " ")
      .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    return Buffer.from(bytes, "latin1").toString("utf8");
  });
}

function subjectOf(raw: string): string {
  const head = raw.split(/\r?\n\r?\n/, 1)[0] ?? "";
  return decodeHeader(/^subject:[ \t]*((?:.*)(?:\r?\n[ \t].*)*)/im.exec(head)?.[1] ?? "");
}

/** Starts a mail server on a free port that keeps what it gets. */
export async function startMailReceiver(onMail: (mail: ReceivedMail) => void): Promise<MailReceiver> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    size: MAX_MAIL_BYTES,
    logger: false,
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const raw = Buffer.concat(chunks).toString("utf8");
        const mail = { to: session.envelope.rcptTo.map(({ address }) => address), subject: subjectOf(raw), raw };
        mails.push(mail);
        onMail(mail);
        callback();
      });
    },
  });
  // A client that hangs up in the middle is no reason to end the demo.
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
