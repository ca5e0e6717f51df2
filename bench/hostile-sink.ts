import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { FTP } from "../test/app/hostile-ftp.js";
import { HTTP } from "../test/app/hostile-http.js";
import { SFTP } from "../test/app/hostile-sftp.js";
import { answerCalls } from "./child.js";

// The receivers that do something else than receive, in a process of their own: those of the test that holds how each ends,
// and some that are not hostile but broken, so that no breaker opens for them.

const SLOW_MS = 14_000;
let asked = 0;

/** A complete answer each time, and hardly ever the one that means delivered at once. */
const BROKEN: Readonly<Record<string, RequestListener>> = {
  "http 404 for everything": (_request, response) => response.writeHead(404).end("no such order"),
  "http 200 after 14 s": (_request, response) => void setTimeout(() => response.end("ok"), SLOW_MS),
  "http 503 with Retry-After: 1": (_request, response) => response.writeHead(503, { "retry-after": "1" }).end(),
  "http 500, each twentieth time 200": (_request, response) => response.writeHead(++asked % 20 ? 500 : 200).end(),
};

const HOSTILE = [
  "http silent after accept",
  "http dripping body",
  "http endless headers",
  "http endless chunk extension",
  "http endless body of a refusal",
  "http endless interim answers",
  "http reset after the request",
  "http half-close after the request",
  "https silent in the handshake",
  "https expired",
  "ftp silent after accept",
  "ftp endless greeting",
  "ftp endless answers",
  "ftp silent after the file",
  "ftp PASV to another host",
  "ftp 0 bytes kept",
  "sftp silent after accept",
  "sftp gigantic banner",
  "sftp silent after the login",
  "sftp 0 bytes kept",
];
/** Four of which the road takes as it takes others make place for the broken ones, and one for what is read in vain. */
const LIKE_OTHERS: ReadonlySet<string> = new Set([
  "http endless chunk extension",
  "http endless interim answers",
  "http half-close after the request",
  "ftp endless answers",
  "ftp PASV to another host",
]);
/** As many that are no trouble: what their share of the load costs without anything else. */
const CALM = Array.from({ length: HOSTILE.length }, (_, at) => `calm ${at + 1}`);
const WAYS = {
  hostile: HOSTILE,
  broken: [
    ...HOSTILE.filter((way) => !LIKE_OTHERS.has(way)),
    "http endless body without the text that means delivered",
    ...Object.keys(BROKEN),
  ],
  calm: CALM,
} as const;

const calm: RequestListener = (_request, response) => response.end("ok");

async function receiver(answer: RequestListener): Promise<object> {
  const server = createServer((request, response) => request.resume().once("end", () => answer(request, response)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { type: "http-post", url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

const calls = {
  /** The ways in which they are hostile; `broken`: some of them no more than that; `calm`: none in any way. */
  ways: (part: keyof typeof WAYS): readonly string[] => WAYS[part],
  /** Begins to be hostile in this way; what its endpoint says beside its name. */
  async open(way: string): Promise<{ readonly transport: object; readonly success?: object }> {
    const answer = CALM.includes(way) ? calm : BROKEN[way];
    if (answer) return { transport: await receiver(answer) };
    const found = [...HTTP, ...FTP, ...SFTP].find(({ id }) => id === way);
    if (!found) throw new Error(`the test knows no receiver that is hostile as "${way}"`);
    const { start, success } = found;
    return { transport: await start(), ...(success ? { success } : {}) };
  },
};

export type HostileCalls = typeof calls;

answerCalls(calls);
