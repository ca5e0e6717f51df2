import { randomBytes } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { SESSION_COOKIES } from "./same-site.js";

const [HOST_COOKIE, PLAIN_COOKIE] = SESSION_COOKIES;

/** Whether a browser keeps what it is given for HTTPS alone. */
const isSecure = (request: FastifyRequest, always: boolean): boolean => always || request.protocol === "https";

/** As long as a session can go on; the service may end it sooner. */
const MOST_SECONDS = 7 * 86_400;

const options = (secure: boolean) => ({ path: "/", httpOnly: true, sameSite: "lax", secure }) as const;

/** The token that the browser sends; undefined: none. Over HTTPS only that which no other host of the domain can set. */
export function sessionToken(request: FastifyRequest, always: boolean): string | undefined {
  return request.cookies[isSecure(request, always) ? HOST_COOKIE : PLAIN_COOKIE];
}

/** Gives the browser its session. */
export function setSessionToken(request: FastifyRequest, reply: FastifyReply, token: string, always: boolean): void {
  const secure = isSecure(request, always);
  reply.setCookie(secure ? HOST_COOKIE : PLAIN_COOKIE, token, { ...options(secure), maxAge: MOST_SECONDS });
}

const ASIDE = "waybell-sign-in";
const ASIDE_SECONDS = 600;
const asideName = (secure: boolean) => (secure ? `__Host-${ASIDE}` : ASIDE);

/** What the browser keeps while its user is at an OpenID provider. */
export function setAside(request: FastifyRequest, reply: FastifyReply, kept: string, always: boolean): void {
  const secure = isSecure(request, always);
  reply.setCookie(asideName(secure), kept, { ...options(secure), maxAge: ASIDE_SECONDS });
}

/** Takes it back, once; "": there is nothing. */
export function takeAside(request: FastifyRequest, reply: FastifyReply, always: boolean): string {
  const secure = isSecure(request, always);
  reply.clearCookie(asideName(secure), options(secure));
  return request.cookies[asideName(secure)] ?? "";
}

const KEPT = "waybell-kept";
const keptName = (secure: boolean) => (secure ? `__Host-${KEPT}` : KEPT);
const SECRET = /^[\w-]{43}$/;

/** So long a browser can open what was typed before its session ended. */
export const KEPT_SECONDS = 3600;

/** What opens what was typed in a session that has ended; "": this browser has nothing of the kind. */
export function keptSecret(request: FastifyRequest, always: boolean): string {
  const held = request.cookies[keptName(isSecure(request, always))] ?? "";
  return SECRET.test(held) ? held : "";
}

/** Gives the browser what opens it; several tabs have one. */
export function setKeptSecret(request: FastifyRequest, reply: FastifyReply, always: boolean): string {
  const secure = isSecure(request, always);
  const secret = keptSecret(request, always) || randomBytes(32).toString("base64url");
  reply.setCookie(keptName(secure), secret, { ...options(secure), maxAge: KEPT_SECONDS });
  return secret;
}

/** Takes away the session, and what opens what was typed in it. */
export function clearSessionToken(reply: FastifyReply): void {
  reply.clearCookie(keptName(true), options(true));
  reply.clearCookie(keptName(false), options(false));
  reply.clearCookie(HOST_COOKIE, options(true));
  reply.clearCookie(PLAIN_COOKIE, options(false));
}
