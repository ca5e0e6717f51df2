import { type AddressInfo, createServer } from "node:net";
import type { ScriptedAnswer } from "./http-receiver.js";

type Request = Parameters<Extract<ScriptedAnswer, (...given: never[]) => void>>[0];

/** What is kept of an answer. */
const KEPT = 16 * 1024;
/** Headers in which no secret is, which would only fill the answer. */
const DULL = /^(host|connection|content-|user-agent|accept|traceparent|webhook-(id|timestamp|test))/;

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
const goJson = (text: string) => inJson(text).replace(/[&<>'+]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);

function html(text: string): string {
  const named = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return named.replaceAll('"', "&quot;").replaceAll("'", "&#x27;");
}

/** What a program makes of headers: what comes after a scheme's word, a login in clear, its password, each cookie. */
function partsOf(headers: Request["headers"]): string[] {
  const { authorization = "", cookie = "" } = headers;
  const credential = authorization.slice(authorization.indexOf(" ") + 1);
  const login = /^Basic /.test(authorization) ? Buffer.from(credential, "base64").toString() : "";
  const cookies = cookie.split("; ").map((each) => each.slice(each.indexOf("=") + 1));
  return [credential, login, login.slice(login.indexOf(":") + 1), ...cookies].filter((part) => part !== "");
}

const WAYS: readonly ((text: string) => string)[] = [
  (text) => text,
  encodeURIComponent,
  (text) => encodeURIComponent(text).toLowerCase(),
  (text) => Buffer.from(text).toString("base64"),
  (text) => Buffer.from(text).toString("hex"),
  (text) => Buffer.from(text).toString("hex").toUpperCase(),
  inJson,
  goJson,
  html,
  (text) => html(inJson(text)),
];

/** All that the header of a request holds, with what programs take out of it. */
const toldOf = ({ headers }: Request): string[] => [
  ...Object.entries(headers).flatMap(([name, value]) => (DULL.test(name) ? [] : [String(value)])),
  ...partsOf(headers),
];

/** Tells whoever asks all that it was sent, in every form in which a program may, and at the end of what is kept once more. */
export const echo =
  (status: number): ScriptedAnswer =>
  (request, response) => {
    const all = [request.url, ...toldOf(request), ...request.body.toString().split("&").slice(0, 9)];
    const bodyToo = [request.body.toString()].filter((body) => body.length < 2000);
    const told = [...WAYS.map((way) => all.map(way).join("\n")), ...bodyToo, JSON.stringify(bodyToo)].join("\n");
    const [last = ""] = toldOf(request).slice(-1);
    // But for its last signs, which would come after.
    const edge = told.padEnd(KEPT - Buffer.byteLength(told) + told.length - Buffer.byteLength(last) + 3, "x");
    response.writeHead(status, { "content-type": "text/plain" }).end(edge + last + "x".repeat(5000));
  };

/** Sends whoever asks to addresses with what it got in their paths, in turns: whole, and where it is cut. */
export function redirecting(): ScriptedAnswer {
  let times = 0;
  return ({ headers }, response) => {
    const parts = [...partsOf(headers), String(headers["x-api-key"] ?? "")].map(encodeURIComponent);
    const path = times++ % 2 === 0 ? parts.join("/") : `${"x".repeat(230)}/${parts.join("/")}`;
    response.writeHead(302, { location: `/in/${path}?${parts.join("&")}` }).end();
  };
}

/** An FTP server that knows nobody, greets with the last password that it was sent, and repeats each command that it refuses. */
export async function startRepeatingFtp() {
  let last = "nobody yet";
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.write(`220 here, after ${last}\r\n`);
    socket.on("data", (chunk) => {
      for (const line of chunk.toString().split("\r\n").filter(Boolean)) {
        if (line.startsWith("PASS")) last = line;
        socket.write(line.startsWith("USER") ? "331 and?\r\n" : `530 no: ${line}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { port, close: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}
