import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { type Static, Type } from "typebox";
import type { FieldError } from "../errors.js";
import { fault } from "../schemas/rules/rules.js";
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

function keyFindings(setting: ClientCertificate, leaf: X509Certificate): FieldError[] {
  const path = "/key";
  const key = readKey(setting);
  if (!key) {
    const locked = setting.key.includes("ENCRYPTED");
    const wrong = setting.passphrase === undefined ? "key_encrypted" : "key_passphrase";
    return [fault(path, locked ? wrong : "pem_key")];
  }
  if (!leaf.checkPrivateKey(key)) {
    return [fault(path, "key_of_another")];
  }
  try {
    createSecureContext({ cert: setting.certificate, key: setting.key, passphrase: setting.passphrase });
  } catch {
    return [fault("/certificate", "weak_certificate")];
  }
  return [];
}

/** What is wrong with it at this moment; paths are inside `clientCertificate`. */
export function certificateFindings(setting: ClientCertificate, now: number): FieldError[] {
  const path = "/certificate";
  let leaf: X509Certificate;
  try {
    leaf = leafOf(setting);
  } catch {
    return [fault(path, "pem_certificate")];
  }
  const findings: FieldError[] = [];
  const [from, until] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  if (until <= now) findings.push(fault(path, "certificate_over", { day: day(until) }));
  if (from > now) findings.push(fault(path, "certificate_early", { day: day(from) }));
  return [...findings, ...keyFindings(setting, leaf)];
}
