import { createHash } from "node:crypto";
import type { Principal } from "../api/authentication.js";
import type { Language } from "../types.js";

/** Somebody who is signed in. */
export interface Session {
  /** Names it among the sessions of one user. */
  readonly id: string;
  /** Tells the session's forms from those of other sites; hexadecimal digits. */
  readonly csrf: string;
  /** What operations are called as. Its role is never `producer`. */
  readonly principal: Principal;
  /** What is shown of who it is: a name or an address. */
  readonly name: string;
  /** null: as the browser asks. */
  readonly language: Language | null;
  /** null: the service's. Of a customer: theirs. */
  readonly timeZone: string | null;
}

/** The sessions that the pages ask. */
export interface Sessions {
  /** The session of a cookie; null: it has none, or it has ended. `address`: the client's. */
  find(token: string, address: string): Promise<Session | null>;
}

/**
 * Whose form it is, so that nobody is shown what another has typed. It proves nothing: who knows a user can make one with a
 * token of their own. That a page of this service sent the form is what the browser says.
 */
export function ownerOf({ csrf, principal }: Pick<Session, "csrf" | "principal">): string {
  const { keyId, keyName, customer } = principal;
  const owner = JSON.stringify(["owner", csrf, keyId, keyName, customer]);
  return createHash("sha256").update(owner).digest("hex").slice(0, 32);
}
