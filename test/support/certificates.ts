import { createHash, createSign, generateKeyPairSync, randomBytes } from "node:crypto";

/** A certificate and its key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** As Waybell tells it: `SHA256:` and unpadded base64. */
  readonly fingerprint: string;
}

// The little of DER (X.690) that an X.509 certificate needs.
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const bytes = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}
const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const octets = (content: Buffer) => der(0x04, content);
const TRUE = der(0x01, Buffer.from([0xff]));

const SHA256_WITH_RSA = sequence(oid("2a864886f70d01010b"), der(0x05));
const COMMON_NAME = "550403";
const BASIC_CONSTRAINTS = "551d13";
const ALTERNATIVE_NAMES = "551d11";

function name(text: string): Buffer {
  return sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(text)))));
}

function time(date: Date): Buffer {
  const text = date.toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "");
  return der(0x18, Buffer.from(text));
}

function alternativeName(host: string): Buffer {
  const isAddress = /^\d+(\.\d+){3}$/.test(host);
  return isAddress ? der(0x87, Buffer.from(host.split(".").map(Number))) : der(0x82, Buffer.from(host));
}

function pem(label: string, content: Buffer): string {
  return `-----BEGIN ${label}-----\n${content.toString("base64").replace(/(.{64})(?=.)/g, "$1\n")}\n-----END ${label}-----\n`;
}

const DAY_MS = 24 * 3_600_000;

/** Makes a self-signed certificate for `hosts`, which trusts itself when it is given as `ca`; expired if so wished. */
export function makeCertificate(hosts: readonly string[] = ["127.0.0.1", "localhost"], expired = false): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const from = new Date(Date.now() - 30 * DAY_MS);
  const until = new Date(Date.now() + (expired ? -DAY_MS : 30 * DAY_MS));
  const subject = name(hosts[0] ?? "test");
  const extensions = sequence(
    sequence(oid(BASIC_CONSTRAINTS), TRUE, octets(sequence(TRUE))),
    sequence(oid(ALTERNATIVE_NAMES), octets(sequence(...hosts.map(alternativeName)))),
  );
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    SHA256_WITH_RSA,
    subject,
    sequence(time(from), time(until)),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, extensions),
  );
  const signature = createSign("sha256").update(body).sign(privateKey);
  const certificate = sequence(body, SHA256_WITH_RSA, der(0x03, Buffer.from([0]), signature));
  const hash = createHash("sha256").update(certificate).digest("base64").replace(/=+$/, "");
  return {
    cert: pem("CERTIFICATE", certificate),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    fingerprint: `SHA256:${hash}`,
  };
}
