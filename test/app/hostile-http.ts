import { makeCertificate } from "../support/certificates.js";
import {
  dripping,
  floodingWhenAsked,
  halfClosing,
  notReading,
  resetting,
  sayingWhenAsked,
  silent,
  speaking,
} from "../support/hostile-servers.js";
import { acceptedBy, counted, elsewhere, expired, good, type Hostile, http, https, raw } from "./hostile-kit.js";

const LATE = /deadline passed before the whole answer was there: it may have arrived/;
const BROKE = /connection broke before the whole answer was there: it may have arrived/;
const UNTRUSTED = /authority that is trusted here|self-signed/;
const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = "transfer-encoding: chunked\r\n\r\n";
const BANNER = "SSH-2.0-OpenSSH_9.2\r\n";
const TINY_CHUNK = "1\r\nx\r\n";
const LONG_HEADERS = /headers of the answer are longer than 16 KiB, or have more than 128 lines/;
const SPEAKS = "http speaks first";
const SPEAKS_SECURELY = "https speaks first, while its verdict on a client certificate is waited for";
const client = makeCertificate(["acme"]);

/** Over HTTP and HTTPS. */
export const HTTP: readonly Hostile[] = [
  { id: "http silent after accept", start: http(silent), fault: "ambiguous", code: /^timeout$/, detail: LATE },
  {
    id: "http does not read a large request",
    start: http(notReading(3_000)),
    fault: "ambiguous",
    code: /^timeout$/,
    detail: LATE,
    large: true,
  },
  {
    id: "http dripping headers",
    start: http(dripping(`${OK}x: y`)),
    fault: "ambiguous",
    code: /^timeout$/,
    detail: LATE,
  },
  {
    id: "http dripping body",
    start: http(dripping(`${OK}content-length: 100000\r\n\r\nx`)),
    fault: "ambiguous",
    code: /^timeout$/,
    detail: LATE,
  },
  {
    id: "http endless headers",
    start: http(floodingWhenAsked(OK, "x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n")),
    fault: "ambiguous",
    code: /^protocol$/,
    detail: /headers of the answer are longer than 16 KiB/,
  },
  {
    id: "http gigantic header",
    start: http(floodingWhenAsked(`${OK}x: `, "y")),
    fault: "ambiguous",
    code: /^protocol$/,
    detail: /headers of the answer are longer than 16 KiB/,
  },
  {
    id: "http endless interim answers",
    start: http(floodingWhenAsked("", "HTTP/1.1 103 Early Hints\r\n\r\n")),
    fault: "ambiguous",
    code: /^protocol$/,
    detail: /32 interim answers/,
  },
  {
    id: "http gigantic status line",
    start: http(floodingWhenAsked("HTTP/1.1 200 ", "x")),
    fault: "ambiguous",
    code: /^protocol$/,
    detail: /the receiver did not stop sending|headers of the answer are longer/,
  },
  {
    id: "http endless chunk extension",
    start: http(floodingWhenAsked(`${OK}${CHUNKED}1;`, "x")),
    fault: "ambiguous",
    code: /^protocol$/,
    detail: /the receiver did not stop sending|headers of the answer are longer/,
  },
  {
    id: "http endless trailers",
    start: http(floodingWhenAsked(`${OK}${CHUNKED}1\r\nx\r\n0\r\n`, "x: y\r\n")),
    fault: "ambiguous",
    code: /^protocol$/,
    detail: /the receiver did not stop sending|headers of the answer are longer/,
  },
  {
    id: "http endless body of a refusal",
    start: http(floodingWhenAsked("HTTP/1.1 500 No\r\n\r\n", "no ")),
    fault: "response",
    code: /^http_500$/,
    detail: /500 Internal Server Error/,
  },
  {
    id: "http endless body without the text that means delivered",
    start: http(floodingWhenAsked(`${OK}${CHUNKED}`, "4\r\nno! \r\n")),
    fault: "response",
    code: /^http_200$/,
    detail: /not with the text that means delivered/,
    success: { statusCodes: [], bodyIncludes: "ACCEPTED" },
  },
  {
    id: "http tiny chunks, then silence",
    start: http(sayingWhenAsked(OK + CHUNKED, TINY_CHUNK, 1_000)),
    fault: "ambiguous",
    code: /^timeout$/,
    detail: LATE,
  },
  {
    id: "http tiny chunks, then silence, where a text means delivered",
    start: http(sayingWhenAsked(OK + CHUNKED, TINY_CHUNK, 1_000)),
    fault: "ambiguous",
    code: /^timeout$/,
    detail: LATE,
    success: { statusCodes: [], bodyIncludes: "ACCEPTED" },
  },
  {
    id: "http endless tiny chunks, where a text means delivered",
    start: http(floodingWhenAsked(OK + CHUNKED, TINY_CHUNK)),
    fault: "response",
    code: /^http_200$/,
    detail: /not with the text that means delivered/,
    success: { statusCodes: [], bodyIncludes: "ACCEPTED" },
  },
  {
    id: "http tiny headers, then silence",
    start: http(sayingWhenAsked(OK, "a:\r\n", 1000)),
    fault: "ambiguous",
    code: /^protocol$/,
    detail: LONG_HEADERS,
  },
  {
    id: "http tiny trailers, then silence",
    start: http(sayingWhenAsked(`${OK}${CHUNKED}1\r\nx\r\n0\r\n`, "a:\r\n", 2000)),
    fault: "ambiguous",
    code: /^protocol$/,
    detail: LONG_HEADERS,
  },
  {
    id: SPEAKS,
    start: async () => ({
      type: "http-post",
      url: `http://127.0.0.1:${await counted(SPEAKS, speaking(BANNER))}/`,
    }),
    fault: "ambiguous",
    code: /^not_http$/,
    detail: /not HTTP: it may have arrived/,
    connections: acceptedBy(SPEAKS),
  },
  {
    id: SPEAKS_SECURELY,
    start: async () => ({
      type: "http-post",
      url: `https://127.0.0.1:${await counted(SPEAKS_SECURELY, speaking(BANNER), good)}/`,
      ca: good.cert,
      clientCertificate: { certificate: client.cert, key: client.key },
    }),
    fault: "connection",
    code: /^protocol$/,
    detail: /spoke before it was asked anything.*nothing was sent/,
    connections: acceptedBy(SPEAKS_SECURELY),
  },
  { id: "http reset after the request", start: http(resetting()), fault: "ambiguous", code: /^reset$/, detail: BROKE },
  {
    id: "http half-close after the request",
    start: http(halfClosing("", true)),
    fault: "ambiguous",
    code: /^reset$/,
    detail: BROKE,
  },
  {
    id: "http half-close in the middle of the answer",
    start: http(halfClosing(`${OK}content-length: 10\r\n\r\nhalf`, true)),
    fault: "ambiguous",
    code: /^reset$/,
    detail: BROKE,
  },
  {
    id: "https silent in the handshake",
    start: async () => ({ type: "http-post", url: `https://127.0.0.1:${await raw(silent)}/` }),
    fault: "connection",
    code: /^timeout$/,
    detail: /nothing was sent/,
  },
  {
    id: "https wrong authority",
    start: https(good, elsewhere.cert),
    fault: "connection",
    code: /^tls$/,
    detail: UNTRUSTED,
  },
  { id: "https expired", start: https(expired), fault: "connection", code: /^tls$/, detail: /has expired/ },
  { id: "https other name", start: https(elsewhere), fault: "connection", code: /^tls$/, detail: /another host name/ },
];
