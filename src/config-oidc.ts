import { checkedList, list } from "./config-values.js";

/** An OpenID provider that signs people in. */
export interface OidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Mail domains whose people it may sign in; empty: any that it says are verified. */
  readonly allowedDomains: readonly string[];
  /** What those become who have no user yet; null: they are not let in. */
  readonly defaultRole: "operator" | "auditor" | null;
}

const ROLES = ["operator", "auditor"] as const;
const DOMAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** By HTTPS: what the provider answers decides who is let in. */
function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && LOOPBACK.includes(hostname));
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says of the provider; null: nothing. Adds a sentence to `bad` for all that is wrong. */
export function readOidc(env: Environment, bad: string[]): OidcConfig | null {
  const [issuer, clientId, clientSecret] = [env.OIDC_ISSUER, env.OIDC_CLIENT_ID, env.OIDC_CLIENT_SECRET];
  const role = env.OIDC_DEFAULT_ROLE || null;
  const domains = list(env.OIDC_ALLOWED_DOMAINS?.toLowerCase());
  if (!issuer && !clientId && !clientSecret && role === null && domains.length === 0) return null;
  if (!issuer || !clientId || !clientSecret) {
    bad.push("OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET must be set together.");
    return null;
  }
  if (!isIssuer(issuer)) bad.push("OIDC_ISSUER must be an address that begins with https://.");
  if (!env.PUBLIC_URL) bad.push("PUBLIC_URL must be set with OIDC_ISSUER: the provider sends people back there.");
  checkedList("OIDC_ALLOWED_DOMAINS", domains.join(","), (entry) => DOMAIN.test(entry), "a domain (example.com)", bad);
  const defaultRole = ROLES.find((known) => known === role) ?? null;
  if (role !== null && !defaultRole) bad.push(`OIDC_DEFAULT_ROLE must be one of ${ROLES.join(", ")}, not "${role}".`);
  if (defaultRole && domains.length === 0) {
    bad.push("OIDC_ALLOWED_DOMAINS must be set with OIDC_DEFAULT_ROLE: else all whom the provider knows are let in.");
  }
  return { issuer, clientId, clientSecret, allowedDomains: domains, defaultRole };
}
