import { FRESH_SECONDS, type OwnHmac, type Scheme } from "./scheme.js";

const FRESH = `const fresh = Math.abs(Date.now() / 1000 - Number(timestamp)) < ${FRESH_SECONDS};`;

const STANDARD = `import { createHmac, timingSafeEqual } from "node:crypto";

// body: a Buffer of the bytes as they came, such as that of express.raw({ type: "*/*" }); of a GET the query string
export function isFromWaybell(headers, body, secret) {
  const id = headers["webhook-id"] ?? "";
  const timestamp = headers["webhook-timestamp"] ?? "";
  ${FRESH}
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const expected = createHmac("sha256", key).update(\`\${id}.\${timestamp}.\`).update(body).digest();
  const signatures = (headers["webhook-signature"] ?? "").split(" ");
  return fresh && signatures.some((one) => {
    const given = Buffer.from(one.replace(/^v1,/, ""), "base64");
    return one.startsWith("v1,") && given.length === expected.length && timingSafeEqual(given, expected);
  });
}
`;

const ED25519 = `import { createPublicKey, verify } from "node:crypto";

// body: a Buffer of the bytes as they came, such as that of express.raw({ type: "*/*" }); of a GET the query string
export function isFromWaybell(headers, body, publicKey) {
  const id = headers["webhook-id"] ?? "";
  const timestamp = headers["webhook-timestamp"] ?? "";
  ${FRESH}
  const head = Buffer.from("302a300506032b6570032100", "hex");
  const raw = Buffer.from(publicKey.replace("whpk_", ""), "base64");
  const key = createPublicKey({ key: Buffer.concat([head, raw]), format: "der", type: "spki" });
  const signed = Buffer.concat([Buffer.from(\`\${id}.\${timestamp}.\`), Buffer.from(body)]);
  const signatures = (headers["webhook-signature"] ?? "").split(" ");
  return fresh && signatures.some((one) =>
    one.startsWith("v1a,") && verify(null, signed, key, Buffer.from(one.slice(4), "base64")));
}
`;

const hmac = ({ header, over, algorithm, encoding, prefix }: OwnHmac) => {
  const timed = over === "timestamp.body";
  return `import { createHmac, timingSafeEqual } from "node:crypto";

// body: a Buffer of the bytes as they came, such as that of express.raw({ type: "*/*" }); of a GET the query string
export function isFromWaybell(headers, body, secret) {
${timed ? `  const timestamp = headers["webhook-timestamp"] ?? "";\n  ${FRESH}\n` : ""}  const hmac = createHmac("${algorithm}", secret)${timed ? '.update(timestamp + ".")' : ""};
  const expected = Buffer.from(${JSON.stringify(prefix)} + hmac.update(body).digest("${encoding}"));
  const given = Buffer.from(headers[${JSON.stringify(header.toLowerCase())}] ?? "");
  return ${timed ? "fresh && " : ""}given.length === expected.length && timingSafeEqual(given, expected);
}
`;
};

/** What verifies a request in Node. */
export function nodeCode(scheme: Scheme): string {
  if (scheme.kind === "hmac") return hmac(scheme);
  return scheme.kind === "standard" ? STANDARD : ED25519;
}
