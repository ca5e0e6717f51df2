import { constants } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { TLSSocket } from "node:tls";
import type { Certificate } from "./certificates.js";

/** A request as it arrived. */
interface ReceivedRequest {
  readonly method: string;
  /** Path and query, raw. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The common name of the client's certificate, where it showed one. */
  readonly client: string | undefined;
}

/** How to answer: a status with headers and a body, or whatever a function does with the response. */
export type ScriptedAnswer =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: string | Buffer }
  | ((request: ReceivedRequest, response: ServerResponse) => void);

export interface HttpReceiver {
  readonly port: number;
  readonly url: string;
  /** All requests but OPTIONS, in the order in which they were whole. */
  readonly received: ReceivedRequest[];
  /** Connections accepted so far. */
  readonly accepted: number;
  /** What a request gets that is not scripted: 200, unless it is set otherwise. */
  answer: ScriptedAnswer;
  /** The next requests get these answers, one each; later ones the usual. */
  script(...answers: ScriptedAnswer[]): void;
  stop(): Promise<void>;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function respond(request: ReceivedRequest, response: ServerResponse, answer: ScriptedAnswer): void {
  if (typeof answer === "function") answer(request, response);
  else response.writeHead(answer.status ?? 200, answer.headers).end(answer.body ?? "");
}

interface ReceiverOptions {
  readonly certificate?: Certificate;
  /** Connects only with clients whose certificate is of this authority. */
  readonly clientCa?: string;
  /** false: no TLS session can be resumed. */
  readonly tickets?: boolean;
}

function clientName({ socket }: IncomingMessage): string | undefined {
  const name = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined;
  return Array.isArray(name) ? name.join() : name;
}

/** Begins to record requests on a free port of 127.0.0.1, over TLS where there is a certificate. */
export async function startHttpReceiver({
  certificate,
  clientCa,
  tickets = true,
}: ReceiverOptions = {}): Promise<HttpReceiver> {
  const received: ReceivedRequest[] = [];
  const scripted: ScriptedAnswer[] = [];
  let accepted = 0;

  const take = async (incoming: IncomingMessage, response: ServerResponse) => {
    const { method = "", url = "", headers } = incoming;
    const request = { method, url, headers, body: await readAll(incoming), client: clientName(incoming) };
    if (method === "OPTIONS") return void response.writeHead(204, { allow: "GET, POST" }).end();
    received.push(request);
    respond(request, response, scripted.shift() ?? receiver.answer);
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    // A sender that breaks off in mid-body leaves nothing to answer.
    take(request, response).catch(() => response.destroy());
  };
  const mutual = clientCa ? { ca: clientCa, requestCert: true, rejectUnauthorized: true } : {};
  const server = certificate
    ? createTlsServer(
        { ...certificate, ...mutual, ...(tickets ? {} : { secureOptions: constants.SSL_OP_NO_TICKET }) },
        listener,
      )
    : createServer(listener);
  server.on("connection", () => accepted++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  const receiver: HttpReceiver = {
    port,
    answer: { status: 200, body: "ok" },
    url: `${certificate ? "https" : "http"}://127.0.0.1:${port}`,
    received,
    get accepted() {
      return accepted;
    },
    script(...answers) {
      scripted.push(...answers);
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return receiver;
}

/** Answers each connection with these bytes, whatever they are, once it has sent something; ends it unless told not to. */
export async function startRawServer(bytes: string, end = true): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => (end ? socket.end(bytes) : socket.write(bytes)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async stop() {
      server.close();
      await once(server, "close");
    },
  };
}
