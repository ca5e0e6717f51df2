import { httpGet } from "../../src/transports/http-get.js";
import { httpPost } from "../../src/transports/http-post.js";
import { type Certificate, makeCertificate } from "../support/certificates.js";
import { startHttpReceiver } from "../support/http-receiver.js";
import { type ContractServer, describeTransportContract } from "./contract.js";

const API_KEY = "key-9f2c1d77";
const AUTHORIZATION = "Bearer token-51ab90c3";
const PASSWORD = "pa55word-77aa31";
const HMAC_SECRET = "hmac-0b7c54fe";
const SIGNING_SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

const client = makeCertificate(["client"]);

/** What the secured receiver asks for beside: a name and a password, a signature, and a client certificate. */
function secured(certificate: Certificate): Record<string, unknown> {
  return {
    ca: certificate.cert,
    headers: {},
    auth: { type: "basic", username: "waybell", password: PASSWORD },
    hmac: { header: "x-signature", secret: HMAC_SECRET, over: "timestamp.body" },
    clientCertificate: { certificate: client.cert, key: client.key },
  };
}

function startReceiver(certificate?: Certificate): () => Promise<ContractServer> {
  return async () => {
    const receiver = await startHttpReceiver(certificate ? { certificate, clientCa: client.cert } : {});
    return {
      port: receiver.port,
      options: (port) => ({
        url: `${certificate ? "https" : "http"}://127.0.0.1:${port}/hook`,
        apiKey: API_KEY,
        headers: { authorization: AUTHORIZATION },
        signingSecret: SIGNING_SECRET,
        ...(certificate ? secured(certificate) : {}),
      }),
      secrets: [API_KEY, SIGNING_SECRET, ...(certificate ? [PASSWORD, HMAC_SECRET, client.key] : [AUTHORIZATION])],
      read: async () => {
        const request = receiver.received.at(-1);
        if (!request) throw new Error("nothing was received");
        return request.method === "GET" ? Buffer.from(request.url.slice(request.url.indexOf("?") + 1)) : request.body;
      },
      stop: receiver.stop,
    };
  };
}

function carryInQuery(text: string) {
  const fields = [
    ["order", "ASK1"],
    ["text", text],
  ] as const;
  const arrives = Buffer.from(
    `order=ASK1&text=${encodeURIComponent(text)
      .replaceAll("%20", "+")
      .replace(/[!'()~]/g, hex)}`,
  );
  return { payload: { contentType: "", body: Buffer.alloc(0), fields }, arrives };
}

// encodeURIComponent leaves a few characters that a form encodes.
const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

const certificate = makeCertificate();

for (const [name, start, tls] of [
  ["an HTTP receiver", startReceiver(), false],
  ["an HTTPS receiver with its own authority that wants to know its client", startReceiver(certificate), true],
] as const) {
  const checkSteps = tls
    ? (["resolve", "connect", "tls", "request"] as const)
    : (["resolve", "connect", "request"] as const);
  // Behind TLS the handshake takes the first bytes; a broken handshake is a fault of the connection as well.
  describeTransportContract(name, { transport: httpPost, start, checkSteps, breakAfterBytes: 200_000 });
  describeTransportContract(name, {
    transport: httpGet,
    start,
    checkSteps,
    carry: carryInQuery,
    streams: false,
    breakAfterBytes: tls ? 3000 : 1000,
  });
}
