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

/** Whether the browser says that a page of this very service sends it: browsers say nothing of it over plain HTTP but the origin. */
export function isFromOwnPage({ headers, host }: FastifyRequest): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin";
  const { origin = "" } = headers;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** Whether a form holds the token of the session. */
export function hasToken(request: FastifyRequest, form: URLSearchParams, session: Session): boolean {
  const header = request.headers["x-csrf-token"];
  const given = form.get("csrf") ?? (typeof header === "string" ? header : "");
  return sameToken(given, session.csrf);
}

/** Whether the browser says that something else than a page of this service sends it. */
function isFromElsewhere(request: FastifyRequest): boolean {
  const { origin, "sec-fetch-site": site } = request.headers;
  if (site === "none" || (site === undefined && origin === undefined)) return false;
  return !isFromOwnPage(request);
}

/** Throws a 403 for a form that another site had sent: by what the browser says of it, and by the session's token. */
export function requireSameSite(request: FastifyRequest, form: URLSearchParams, session: Session | null): void {
  if (isFromElsewhere(request)) throw refused();
  if (session && !hasToken(request, form, session)) throw refused();
}
