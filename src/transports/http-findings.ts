import { createSecureContext } from "node:tls";
import { certificateFindings } from "./client-certificate.js";
import { authHeader, jwtFindings } from "./http-auth.js";
import { isReservedHeader } from "./http-headers.js";
import type { HttpOptions } from "./http-options.js";
import { portRefusal } from "./ports.js";
import { SECRET_FORM, signingKey } from "./signature.js";

interface Finding {
  readonly path: string;
  readonly message: string;
}

function urlFindings(text: string, path: string, instead: string): Finding[] {
  if (!URL.canParse(text))
    return [{ path, message: "is not a URL: give it whole, such as https://example.com/webhook" }];
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return [{ path, message: "must begin with http:// or https://" }];
  const findings: Finding[] = [];
  if (url.username || url.password) {
    findings.push({ path, message: `must not hold a user and password: ${instead}` });
  }
  if (text.includes("#")) findings.push({ path, message: "must not hold a fragment (#…): it is never sent" });
  const refused = url.port === "" ? undefined : portRefusal(Number(url.port), "http");
  if (refused) findings.push({ path, message: refused });
  return findings;
}

/** Options that are of use on a secured connection only. */
function tlsFindings({ url, ca, clientCertificate, auth }: HttpOptions): Finding[] {
  const findings: Finding[] = [];
  const message = "is of use with https:// only";
  const isPlain = (text: string) => URL.canParse(text) && new URL(text).protocol === "http:";
  if (ca && isPlain(url)) findings.push({ path: "/ca", message });
  if (clientCertificate && isPlain(url)) findings.push({ path: "/clientCertificate", message });
  if (auth?.type === "oauth2" && auth.ca && isPlain(auth.tokenUrl)) findings.push({ path: "/auth/ca", message });
  return findings;
}

interface SetHeader {
  readonly path: string;
  readonly name: string;
  /** The option that sets it. */
  readonly by: string;
}

/** The headers that options other than `headers` set. */
function setHeaders({ apiKey, auth, hmac }: HttpOptions): SetHeader[] {
  const set: SetHeader[] = [];
  if (apiKey) set.push({ path: "/apiKey", name: "X-API-KEY", by: "apiKey" });
  if (auth) {
    const path = auth.type === "jwt" && auth.header ? "/auth/header" : "/auth";
    set.push({ path, name: authHeader(auth), by: "auth" });
  }
  if (hmac) set.push({ path: "/hmac/header", name: hmac.header, by: "hmac" });
  if (hmac?.timestampHeader) set.push({ path: "/hmac/timestampHeader", name: hmac.timestampHeader, by: "hmac" });
  return set;
}

const RESERVED = "is set by Waybell itself and cannot be given";

function headerFindings(options: HttpOptions): Finding[] {
  const findings: Finding[] = [];
  const setBy = new Map<string, string>();
  for (const { path, name, by } of setHeaders(options)) {
    const lower = name.toLowerCase();
    const other = setBy.get(lower);
    if (isReservedHeader(lower)) findings.push({ path, message: RESERVED });
    else if (other) findings.push({ path, message: `is what ${other} is sent as: give it another header` });
    else setBy.set(lower, by);
  }
  const seen = new Set<string>();
  for (const name of Object.keys(options.headers ?? {})) {
    const lower = name.toLowerCase();
    const path = `/headers/${name.replaceAll("~", "~0")}`;
    const by = setBy.get(lower);
    if (isReservedHeader(lower)) findings.push({ path, message: RESERVED });
    else if (seen.has(lower)) findings.push({ path, message: "is given twice, in different spellings" });
    else if (by) findings.push({ path, message: `is what ${by} is sent as: give one of the two` });
    seen.add(lower);
  }
  return findings;
}

function authFindings({ auth }: HttpOptions): Finding[] {
  if (auth?.type === "oauth2")
    return [
      ...urlFindings(auth.tokenUrl, "/auth/tokenUrl", "clientId and clientSecret are sent"),
      ...caFindings(auth.ca, "/auth/ca"),
    ];
  if (auth?.type !== "jwt") return [];
  return jwtFindings(auth).map(({ path, message }) => ({ path: `/auth${path}`, message }));
}

function secretFindings(options: HttpOptions): Finding[] {
  const findings: Finding[] = [];
  for (const name of ["signingSecret", "previousSigningSecret"] as const) {
    const value = options[name];
    if (value && !signingKey(value)) findings.push({ path: `/${name}`, message: `must be ${SECRET_FORM}` });
  }
  if (options.previousSigningSecret && !options.signingSecret) {
    findings.push({ path: "/previousSigningSecret", message: "is of use beside signingSecret only" });
  }
  if (options.previousSigningSecret && options.previousSigningSecretUntil === undefined) {
    findings.push({
      path: "/previousSigningSecretUntil",
      message: "is missing: until when the previous secret signs as well",
    });
  }
  return findings;
}

function caFindings(ca: string | undefined, path: string): Finding[] {
  if (!ca) return [];
  try {
    createSecureContext({ ca });
    if (ca.includes("-----BEGIN CERTIFICATE-----")) return [];
  } catch {
    // OpenSSL's reason is no help to who pasted a certificate.
  }
  return [{ path, message: "must be one or more certificates in PEM (-----BEGIN CERTIFICATE-----)" }];
}

function clientCertificateFindings({ clientCertificate }: HttpOptions): Finding[] {
  if (!clientCertificate) return [];
  const findings = certificateFindings(clientCertificate, Date.now());
  return findings.map(({ path, message }) => ({ path: `/clientCertificate${path}`, message }));
}

/** What is wrong with options that the schema allows. */
export function httpFindings(options: Readonly<Record<string, unknown>>): readonly Finding[] {
  const http = options as unknown as HttpOptions;
  return [
    ...urlFindings(http.url, "/url", "give them as auth of the type basic"),
    ...tlsFindings(http),
    ...headerFindings(http),
    ...secretFindings(http),
    ...authFindings(http),
    ...clientCertificateFindings(http),
    ...caFindings(http.ca, "/ca"),
  ];
}
