import { createHash, timingSafeEqual } from "node:crypto";
import { RefusalError } from "./problems.js";

const BEARER = /^Bearer +([^\s]{1,1000}) *$/i;

const digest = (key: string): Buffer => createHash("sha256").update(key).digest();

/** What looks at a request's `Authorization` header: returns when it holds the key, else throws a 401. */
export function createAuthentication(adminKey: string): (authorization: string | undefined) => void {
  const expected = digest(adminKey);
  return (authorization) => {
    const given = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
    // Digests have one length, so neither the time taken nor an exception tells anything about the key.
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
    const detail =
      authorization === undefined
        ? "This address needs a key: send the header Authorization: Bearer <key>."
        : "The header Authorization holds no key that is valid here: Bearer <key>.";
    throw new RefusalError(401, "unauthorized", detail, { "www-authenticate": 'Bearer realm="Waybell"' });
  };
}
