import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { type Static, Type } from "typebox";
import { unsentSecret } from "../schemas/secret.js";

/** A certificate that shows the receiver who connects. */
export const ClientCertificate = Type.Object(
  {
    certificate: Type.String({
      minLength: 1,
      maxLength: 100_000,
      description: "PEM: the client's certificate first, then those between it and the receiver's authority",
    }),
    key: Type.String({ ...unsentSecret, minLength: 1, maxLength: 20_000, description: "Its private key, PEM" }),
    passphrase: Type.Optional(Type.String({ ...unsentSecret, maxLength: 1000, description: "Of an encrypted key" })),
  },
  {
    additionalProperties: false,
    title: "ClientCertificate",
    description: "For receivers that ask for one (mutual TLS)",
  },
);
export type ClientCertificate = Static<typeof ClientCertificate>;

interface Finding {
  readonly path: string;
  readonly message: string;
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** The client's own certificate, the first in the PEM. Throws when there is none. */
function leafOf({ certificate }: ClientCertificate): X509Certificate {
  return new X509Certificate(certificate);
}

/** When the certificate ends, in epoch milliseconds; NaN when it cannot be read. */
export function certificateEnd(setting: ClientCertificate): number {
  try {
    return Date.parse(leafOf(setting).validTo);
  } catch {
    return Number.NaN;
  }
}

/** What to say of a certificate that ended at `end`. */
export function endedSentence(end: number): string {
  return `The endpoint's client certificate ended on ${day(end)}: set one that is valid.`;
}

function readKey({ key, passphrase }: ClientCertificate): KeyObject | undefined {
  try {
    return createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    // OpenSSL's reason is no help to who pasted a key, and may repeat it.
    return undefined;
  }
}

function keyFindings(setting: ClientCertificate, leaf: X509Certificate): Finding[] {
  const path = "/key";
  const key = readKey(setting);
  if (!key) {
    const locked = setting.key.includes("ENCRYPTED");
    const wrong =
      setting.passphrase === undefined ? "is encrypted: give its passphrase" : "does not open with passphrase";
    return [{ path, message: locked ? wrong : "must be a private key in PEM (-----BEGIN PRIVATE KEY-----)" }];
  }
  if (!leaf.checkPrivateKey(key)) {
    const message = "does not fit the certificate: it is the key of another (the client's own certificate comes first)";
    return [{ path, message }];
  }
  try {
    createSecureContext({ cert: setting.certificate, key: setting.key, passphrase: setting.passphrase });
  } catch {
    return [{ path: "/certificate", message: "is not accepted by OpenSSL here: its key or its signature is too weak" }];
  }
  return [];
}

/** What is wrong with it at this moment; paths are inside `clientCertificate`. */
export function certificateFindings(setting: ClientCertificate, now: number): Finding[] {
  const path = "/certificate";
  let leaf: X509Certificate;
  try {
    leaf = leafOf(setting);
  } catch {
    return [{ path, message: "must be a certificate in PEM (-----BEGIN CERTIFICATE-----)" }];
  }
  const findings: Finding[] = [];
  const [from, until] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  if (until <= now) findings.push({ path, message: `has expired: it ended on ${day(until)}` });
  if (from > now) findings.push({ path, message: `is not valid yet: it begins on ${day(from)}` });
  return [...findings, ...keyFindings(setting, leaf)];
}
