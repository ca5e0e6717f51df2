import { timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { RefusalError } from "../api/problems.js";
import { refusal } from "../schemas/rules/rules.js";
import type { Session } from "./session.js";

/** The cookie of a session: over HTTPS under a name that no other host of the domain can set (RFC 6265bis, 4.1.3). */
export const SESSION_COOKIES = ["__Host-waybell-session", "waybell-session"] as const;

const refused = () => new RefusalError(403, "forbidden", refusal("other_site"));

function sameToken(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Throws a 403 for a form that another site had sent: by what the browser says of it, and by the session's token. */
export function requireSameSite(request: FastifyRequest, form: URLSearchParams, session: Session | null): void {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") throw refused();
  if (!session) return;
  const header = request.headers["x-csrf-token"];
  const given = form.get("csrf") ?? (typeof header === "string" ? header : "");
  if (!sameToken(given, session.csrf)) throw refused();
}
