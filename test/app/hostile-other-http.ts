import { dripping, floodingWhenAsked, resetting, silent } from "../support/hostile-servers.js";
import { HTTP } from "./hostile-http.js";
import { type Hostile, raw } from "./hostile-kit.js";

const BY_GET = [
  "http silent after accept",
  "http dripping headers",
  "http endless headers",
  "http endless body of a refusal",
  "http reset after the request",
  "http half-close in the middle of the answer",
  "https silent in the handshake",
  "https wrong authority",
];

/** Over HTTP GET: some of what is done over POST, to be told in the same words. */
export const HTTP_GET: readonly Hostile[] = HTTP.filter(({ id }) => BY_GET.includes(id)).map((row) => ({
  ...row,
  id: `get ${row.id}`,
  start: async () => ({ ...(await row.start()), type: "http-get" }),
}));

const asking = (behave: Parameters<typeof raw>[0]) => async () => ({
  type: "http-post",
  url: "https://receiver.invalid/",
  auth: {
    type: "oauth2",
    tokenUrl: `http://127.0.0.1:${await raw(behave)}/`,
    clientId: "acme",
    clientSecret: "s3cret-1",
  },
});

const LATE = /deadline passed while a token was asked for; nothing was sent/;
const OK = "HTTP/1.1 200 OK\r\n";
const common = { fault: "connection", code: /^oauth_unavailable$/ } as const;

/** Of the server that gives out the token: nothing comes to the receiver. */
export const TOKENS: readonly Hostile[] = [
  { ...common, id: "token server silent", start: asking(silent), detail: LATE, waits: true },
  { ...common, id: "token server dripping", start: asking(dripping(`${OK}x: y`)), detail: LATE, waits: true },
  {
    ...common,
    id: "token server with endless headers",
    start: asking(floodingWhenAsked(OK, "x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n")),
    detail: /The token server 127\.0\.0\.1:\d+ broke its answer off, or gave none that is HTTP; nothing was sent/,
  },
  {
    id: "token server with an endless body",
    start: asking(floodingWhenAsked(`${OK}transfer-encoding: chunked\r\n\r\n`, "4\r\nno! \r\n")),
    fault: "config",
    code: /^oauth_answer$/,
    detail: /The token server 127\.0\.0\.1:\d+ answered something else instead of a token in JSON/,
    outcome: "held",
  },
  {
    ...common,
    id: "token server that resets",
    start: asking(resetting()),
    detail: /The token server 127\.0\.0\.1:\d+ broke its answer off, or gave none that is HTTP; nothing was sent/,
  },
];
