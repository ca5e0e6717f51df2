import { SignJWT } from "jose";
import { TransportError } from "../errors.js";
import { stepTold } from "../schemas/rules/rules.js";
import { authHeader, type JwtAuth, jwtKey, jwtLifetimeMs } from "./http-auth.js";
import type { TokenSource } from "./http-tokens.js";

/** A token is replaced so long before it ends, or a tenth of its life if that is less: clocks differ, and requests take time. */
const MARGIN_MS = 60_000;

/** When a token of this life is to be replaced, in milliseconds from its beginning. */
export const replacedAfter = (lifeMs: number): number => lifeMs - Math.min(MARGIN_MS, lifeMs / 10);

async function signed(auth: JwtAuth, issuedAt: number, endsAt: number): Promise<string> {
  const { algorithm: alg, keyId, issuer, audience, subject } = auth;
  const claims = {
    ...(issuer === undefined ? {} : { iss: issuer }),
    ...(subject === undefined ? {} : { sub: subject }),
    ...(audience === undefined ? {} : { aud: audience }),
    iat: issuedAt,
    exp: endsAt,
  };
  try {
    const header = { alg, typ: "JWT", ...(keyId === undefined ? {} : { kid: keyId }) };
    return await new SignJWT(claims).setProtectedHeader(header).sign(jwtKey(auth));
  } catch {
    // Settings are judged when they are saved. What OpenSSL says of a key is left out: it may repeat it.
    const message = `The key of the endpoint's JWT cannot sign ${alg}: set another.`;
    throw new TransportError({ fault: "config", code: "jwt_key", message });
  }
}

/** JWTs that Waybell signs itself (RFC 7519). */
export function makeJwt(auth: JwtAuth): TokenSource {
  const header = authHeader(auth);
  const { algorithm, scheme = auth.header && auth.header.toLowerCase() !== "authorization" ? "" : "Bearer" } = auth;
  const lifeMs = jwtLifetimeMs(auth);
  return {
    canBeRevoked: false,
    async obtain({ clock }) {
      const begun = clock.now();
      const issuedAt = Math.floor(begun / 1000);
      const token = await signed(auth, issuedAt, issuedAt + Math.floor(lifeMs / 1000));
      return {
        header,
        value: scheme ? `${scheme} ${token}` : token,
        secret: token,
        told: stepTold("token_signed", { algorithm, seconds: lifeMs / 1000 }),
        serves: (now) => {
          // Its times are the wall clock's. Set back, that makes the token one from the future, which is refused.
          const age = now.now() - begun;
          return age >= 0 && age < replacedAfter(lifeMs);
        },
      };
    },
  };
}
