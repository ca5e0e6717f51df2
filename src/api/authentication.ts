import { createHash, timingSafeEqual } from "node:crypto";
import { RefusalError } from "./problems.js";

const BEARER = /^Bearer +([^\s]{1,1000}) *$/i;

const digest = (key: string): Buffer => createHash("sha256").update(key).digest();

/** What looks at a request's `Authorization` header: returns when it holds one of the keys, else throws a 401. */
export function createAuthentication(...keys: readonly string[]): (authorization: string | undefined) => void {
  const expected = keys.map(digest);
  return (authorization) => {
    const given = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
    // Digests have one length, so neither the time taken nor an exception tells anything about the key.
    if (given !== undefined) {
      const found = digest(given);
      if (expected.filter((key) => timingSafeEqual(key, found)).length > 0) return;
    }
    const detail =
      authorization === undefined
        ? "This address needs a key: send the header Authorization: Bearer <key>."
        : "The header Authorization holds no key that is valid here: Bearer <key>.";
    throw new RefusalError(401, "unauthorized", detail, { "www-authenticate": 'Bearer realm="Waybell"' });
  };
}
