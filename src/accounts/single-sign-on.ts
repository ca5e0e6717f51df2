import * as client from "openid-client";
import type { User } from "../account-types.js";
import type { OidcConfig } from "../config-oidc.js";
import type { Logger } from "../logger.js";
import { foldedEmail, type Users } from "../store/users.js";
import type { Clock } from "../types.js";
import { providerFetch } from "./provider-fetch.js";
import { emailOf } from "./sign-in.js";

/** Signing in by an OpenID provider. */
export interface SingleSignOn {
  /** null: the provider cannot be asked now. */
  begin(next: string): Promise<{ readonly location: string; readonly kept: string } | null>;
  /** null: nobody is let in. */
  end(search: string, kept: string): Promise<{ readonly user: User; readonly next: string } | null>;
}

export interface SingleSignOnParts {
  readonly oidc: OidcConfig;
  readonly publicUrl: string;
  readonly users: Pick<Users, "bySubject" | "byEmail" | "setSubject" | "create">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of each request to the provider, with its whole answer; absent: 10. */
  readonly timeoutSeconds?: number;
}

const TIMEOUT_SECONDS = 10;
/** How long somebody may take at the provider. */
const ASKED_MS = 600_000;
export const CALLBACK = "/sign-in/organisation/callback";

/** What the browser keeps while its user is at the provider: of use with the provider's answer alone. */
interface Kept {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly next: string;
  readonly at: number;
}

function parseKept(text: string): Kept | null {
  try {
    const kept: Partial<Kept> = JSON.parse(Buffer.from(text, "base64url").toString());
    const texts = [kept.state, kept.nonce, kept.verifier, kept.next];
    return texts.every((part) => typeof part === "string") && typeof kept.at === "number" ? (kept as Kept) : null;
  } catch {
    return null;
  }
}

interface Claims {
  readonly subject: string;
  /** "" where the provider does not vouch for it. */
  readonly email: string;
  readonly name: string;
}

/** What the provider says of somebody, in the ID token or, where that is short, when it is asked. */
async function claimsOf(
  config: client.Configuration,
  tokens: Awaited<ReturnType<typeof client.authorizationCodeGrant>>,
): Promise<Claims | null> {
  const told = tokens.claims();
  if (!told) return null;
  const claims = told.email === undefined ? await client.fetchUserInfo(config, tokens.access_token, told.sub) : told;
  const email = claims.email_verified === true && typeof claims.email === "string" ? emailOf(claims.email) : "";
  const name = typeof claims.name === "string" ? claims.name.slice(0, 200) : "";
  return { subject: `${told.iss} ${told.sub}`, email, name };
}

/** The provider, asked what it can do when somebody first signs in: it may be down when the service starts. */
function createProvider({ issuer, clientId, clientSecret }: OidcConfig, timeout: number) {
  let known: Promise<client.Configuration> | null = null;
  async function discover(): Promise<client.Configuration> {
    const url = new URL(issuer);
    // Of a provider on the same machine; config.ts lets no other be without HTTPS.
    const plain = url.protocol === "http:" ? [client.allowInsecureRequests] : [];
    const execute = [...plain, client.enableNonRepudiationChecks];
    const options = { timeout, execute, [client.customFetch]: providerFetch };
    return client.discovery(url, clientId, clientSecret, undefined, options);
  }
  return (): Promise<client.Configuration> => {
    known ??= discover().catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
}

/** Signing in by authorization code with PKCE, state and nonce. */
export function createSingleSignOn(parts: SingleSignOnParts): SingleSignOn {
  const { oidc, publicUrl, users, clock, logger } = parts;
  const provider = createProvider(oidc, parts.timeoutSeconds ?? TIMEOUT_SECONDS);
  const redirect = `${publicUrl.replace(/\/+$/, "")}${CALLBACK}`;

  /** The user of an account of the provider's; made where the settings say so. */
  async function userOf({ subject, email, name }: Claims): Promise<User | null> {
    const domain = foldedEmail(email.slice(email.lastIndexOf("@") + 1));
    if (oidc.allowedDomains.length > 0 && !oidc.allowedDomains.includes(domain)) return null;
    const known = await users.bySubject(subject);
    if (known) return known;
    if (email === "") return null;
    const same = await users.byEmail(email);
    if (!same) {
      if (oidc.defaultRole === null) return null;
      return users.create({ email, name, role: oidc.defaultRole }, undefined, { oidcSubject: subject });
    }
    // The address went to somebody else at the provider: they are not whom it was before.
    if (same.hasSingleSignOn) return null;
    await users.setSubject(same.id, subject);
    return same;
  }

  return {
    async begin(next) {
      try {
        const config = await provider();
        const verifier = client.randomPKCECodeVerifier();
        const kept: Kept = {
          ...{ state: client.randomState(), nonce: client.randomNonce(), verifier },
          ...{ next, at: clock.now() },
        };
        const location = client.buildAuthorizationUrl(config, {
          redirect_uri: redirect,
          scope: "openid email profile",
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          code_challenge_method: "S256",
          state: kept.state,
          nonce: kept.nonce,
        });
        return { location: location.href, kept: Buffer.from(JSON.stringify(kept)).toString("base64url") };
      } catch (error) {
        logger.error({ err: error }, "the OpenID provider cannot be asked");
        return null;
      }
    },
    async end(search, text) {
      const kept = parseKept(text);
      if (!kept || clock.now() - kept.at > ASKED_MS) return null;
      try {
        const config = await provider();
        const tokens = await client.authorizationCodeGrant(config, new URL(`${redirect}${search}`), {
          pkceCodeVerifier: kept.verifier,
          expectedState: kept.state,
          expectedNonce: kept.nonce,
          idTokenExpected: true,
        });
        const claims = await claimsOf(config, tokens);
        const user = claims && (await userOf(claims));
        if (user && user.disabledAt === null) return { user, next: kept.next };
        logger.warn("nobody was signed in by the OpenID provider: no user has that verified address");
      } catch (error) {
        // Its cause can hold what the provider answered, tokens too: only what kind it is is said.
        const { name = "", code = "" } = error as { name?: string; code?: string };
        logger.warn({ name, code }, "signing in by the OpenID provider failed");
      }
      return null;
    },
  };
}
