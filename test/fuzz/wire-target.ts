import { connect } from "node:net";
import fc from "fast-check";
import { ADMIN_KEY, startTestService, temporaryFolder } from "../support/service.js";
import { problemFault } from "./answers.js";
import { fuzzTarget } from "./fuzz.js";
import { anyText } from "./texts.js";

const MOST_BYTES = 1024 * 1024;

/** Sends these bytes and no more; what came back until the connection ended. */
function talk(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      if (text.length < MOST_BYTES) text += chunk;
    });
    // A reset is the answer to what is still sent after a refusal.
    socket.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNRESET" || error.code === "EPIPE" ? resolve(text) : reject(error),
    );
    socket.on("close", () => resolve(text));
    socket.end(bytes);
  });
}

/** The first answer in what came back. */
function answerIn(text: string): { status: number; type: string; body: string } {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1];
  if (status === undefined) throw new Error(`this is no answer: ${JSON.stringify(text.slice(0, 300))}`);
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  const type = /^content-type: (.*)$/im.exec(head)?.[1] ?? "";
  return {
    status: Number(status),
    type,
    body: Buffer.from(rest.join("\r\n\r\n"), "latin1").toString().slice(0, length),
  };
}

const JSON_TYPE = "content-type: application/json\r\n";
const KEY = `authorization: Bearer ${ADMIN_KEY}\r\n`;
const methods = fc.constantFrom(
  "GET",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "HEAD",
  "TRACE",
  "PROPFIND",
  "get",
  "X",
  "",
);
const paths = fc.oneof(
  fc.constantFrom(
    "/v1/events",
    "/v1/customers/acme",
    "/v1/endpoints/%00",
    "/v1/endpoints/%ff%fe",
    "/v1/statuses/%",
    "/",
    "*",
  ),
  fc.constantFrom(
    "/docs/",
    "/docs/static/..%2f..%2f..%2fpackage.json",
    "/docs/static/%2e%2e/%2e%2e/package.json",
    "//x",
    "/openapi.json",
  ),
  fc.constantFrom(
    `/v1/customers/${"a".repeat(5_000)}`,
    `/v1/events?customer=${"a".repeat(20_000)}`,
    "http://other.example/v1/events",
  ),
  anyText().map((text) => `/${text}`),
  anyText().map((text) => `/v1/customers/${text}?${text}`),
);
const versions = fc.constantFrom("HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "");
const headers = fc.constantFrom(
  ...[KEY, KEY, KEY, JSON_TYPE, JSON_TYPE, "content-type: application/x-ndjson\r\n", "authorization: Bearer x\r\n"],
  ...[
    "content-length: 2\r\n",
    "content-length: 99\r\n",
    "content-length: -1\r\n",
    "content-length: 2\r\ncontent-length: 3\r\n",
  ],
  ...[
    "transfer-encoding: chunked\r\n",
    "transfer-encoding: x\r\n",
    "content-encoding: gzip\r\n",
    "expect: 100-continue\r\n",
  ],
  ...[
    "expect: x\r\n",
    "upgrade: websocket\r\nconnection: upgrade\r\n",
    "host: a\r\nhost: b\r\n",
    "host: a b\r\n",
    " folded\r\n",
  ],
  ...[
    "x: \0\r\n",
    "x\r\n",
    ": y\r\n",
    `x: ${"y".repeat(20_000)}\r\n`,
    `${"x: y\r\n".repeat(3_000)}`,
    "traceparent: 00-x\r\n",
    "\n",
    "\r",
  ],
);
const bodies = fc.constantFrom(
  "",
  "{}",
  "[]",
  "2\r\n{}\r\n0\r\n\r\n",
  "zz\r\n{}\r\n",
  "2;x=\r\n{}\r\n0\r\n",
  "\ufeff{}",
  "{}\n{}\n",
);
const spoken = fc
  .tuple(methods, paths, versions, fc.array(headers, { maxLength: 4 }), fc.boolean(), bodies)
  .map(([method, path, version, list, whole, body]) => {
    const host = whole ? "host: a\r\n" : "";
    return `${method} ${path} ${version}\r\n${host}connection: close\r\n${list.join("")}\r\n${body}`;
  });
const bytes = fc.oneof(
  { weight: 8, arbitrary: spoken.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.tuple(spoken, fc.nat(120)).map(([text, at]) => Buffer.from(text.slice(0, at))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((some) => Buffer.from(some)) },
);

export const wireTarget = fuzzTarget<Buffer>({
  name: "wire",
  holds:
    "whatever is written to the port ends in an answer or a closed connection: no 500, every refusal a problem document",
  lanes: 8,
  async open() {
    const { folder, remove } = temporaryFolder();
    const service = await startTestService(folder);
    const port = Number(new URL(service.url).port);
    return {
      values: bytes,
      async check(given) {
        const text = (await talk(port, given)).replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, "");
        if (text === "") return;
        const { status, type, body } = answerIn(text);
        const isHead = given.subarray(0, 5).toString() === "HEAD ";
        const fault = status >= 500 || (status >= 400 && !isHead) ? problemFault(status, type, body) : null;
        if (fault)
          throw new Error(
            `${JSON.stringify(given.toString("latin1").slice(0, 300))}: ${fault}\n${text.slice(0, 1_000)}`,
          );
      },
      async close() {
        await service.close();
        remove();
      },
    };
  },
});
