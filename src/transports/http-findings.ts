import { createSecureContext } from "node:tls";
import type { FieldError } from "../errors.js";
import { fault, type Rule } from "../schemas/rules/rules.js";
import { certificateFindings } from "./client-certificate.js";
import { authHeader, jwtFindings } from "./http-auth.js";
import { isReservedHeader } from "./http-headers.js";
import type { HttpOptions } from "./http-options.js";
import { portRefusal } from "./ports.js";
import { SECRET_FORM, signingKey } from "./signature.js";

function urlFindings(text: string, path: string, withUser: Rule): FieldError[] {
  if (!URL.canParse(text)) return [fault(path, "no_url")];
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") return [fault(path, "http_only")];
  const findings: FieldError[] = [];
  if (url.username || url.password) {
    findings.push(fault(path, withUser));
  }
  if (text.includes("#")) findings.push(fault(path, "url_fragment"));
  const refused = url.port === "" ? undefined : portRefusal(Number(url.port), "http");
  if (refused) findings.push({ path, ...refused });
  return findings;
}

/** Options that are of use on a secured connection only. */
function tlsFindings({ url, ca, clientCertificate, auth }: HttpOptions): FieldError[] {
  const findings: FieldError[] = [];
  const isPlain = (text: string) => URL.canParse(text) && new URL(text).protocol === "http:";
  if (ca && isPlain(url)) findings.push(fault("/ca", "https_only"));
  if (clientCertificate && isPlain(url)) findings.push(fault("/clientCertificate", "https_only"));
  if (auth?.type === "oauth2" && auth.ca && isPlain(auth.tokenUrl)) findings.push(fault("/auth/ca", "https_only"));
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

function headerFindings(options: HttpOptions): FieldError[] {
  const findings: FieldError[] = [];
  const setBy = new Map<string, string>();
  for (const { path, name, by } of setHeaders(options)) {
    const lower = name.toLowerCase();
    const other = setBy.get(lower);
    if (isReservedHeader(lower)) findings.push(fault(path, "reserved_header"));
    else if (other) findings.push(fault(path, "header_of_other", { option: other }));
    else setBy.set(lower, by);
  }
  const seen = new Set<string>();
  for (const name of Object.keys(options.headers ?? {})) {
    const lower = name.toLowerCase();
    const path = `/headers/${name.replaceAll("~", "~0")}`;
    const by = setBy.get(lower);
    if (isReservedHeader(lower)) findings.push(fault(path, "reserved_header"));
    else if (seen.has(lower)) findings.push(fault(path, "header_twice"));
    else if (by) findings.push(fault(path, "header_of_option", { option: by }));
    seen.add(lower);
  }
  return findings;
}

function authFindings({ auth }: HttpOptions): FieldError[] {
  if (auth?.type === "oauth2")
    return [...urlFindings(auth.tokenUrl, "/auth/tokenUrl", "token_url_user"), ...caFindings(auth.ca, "/auth/ca")];
  if (auth?.type !== "jwt") return [];
  return jwtFindings(auth).map((finding) => ({ ...finding, path: `/auth${finding.path}` }));
}

function secretFindings(options: HttpOptions): FieldError[] {
  const findings: FieldError[] = [];
  for (const name of ["signingSecret", "previousSigningSecret"] as const) {
    const value = options[name];
    if (value && !signingKey(value)) findings.push(fault(`/${name}`, "secret_form", { form: SECRET_FORM }));
  }
  if (options.previousSigningSecret && !options.signingSecret) {
    findings.push(fault("/previousSigningSecret", "beside_secret"));
  }
  if (options.previousSigningSecret && options.previousSigningSecretUntil === undefined) {
    findings.push(fault("/previousSigningSecretUntil", "until_missing"));
  }
  return findings;
}

function caFindings(ca: string | undefined, path: string): FieldError[] {
  if (!ca) return [];
  try {
    createSecureContext({ ca });
    if (ca.includes("-----BEGIN CERTIFICATE-----")) return [];
  } catch {
    // OpenSSL's reason is no help to who pasted a certificate.
  }
  return [fault(path, "pem_certificates")];
}

function clientCertificateFindings({ clientCertificate }: HttpOptions): FieldError[] {
  if (!clientCertificate) return [];
  const findings = certificateFindings(clientCertificate, Date.now());
  return findings.map((finding) => ({ ...finding, path: `/clientCertificate${finding.path}` }));
}

/** What is wrong with options that the schema allows. */
export function httpFindings(options: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const http = options as unknown as HttpOptions;
  return [
    ...urlFindings(http.url, "/url", "url_user"),
    ...tlsFindings(http),
    ...headerFindings(http),
    ...secretFindings(http),
    ...authFindings(http),
    ...clientCertificateFindings(http),
    ...caFindings(http.ca, "/ca"),
  ];
}
