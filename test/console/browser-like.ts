import type { FastifyInstance } from "fastify";
import type { PortalAction } from "../../src/account-types.js";
import type { ApiServices } from "../../src/api/services.js";
import type { Accounts } from "../../src/console/accounts.js";
import { createConsole } from "../../src/console/console.js";
import { signInForForm } from "../../src/console/pages/account/sign-in.js";
import { pages } from "../../src/console/pages/index.js";
import type { Session, Sessions } from "../../src/console/session.js";
import type { KeyRole, Language } from "../../src/types.js";
import { fakeApi } from "../api/fakes.js";
import { manualClock } from "../support/clock.js";

export const CSRF = "c5f0c5f0c5f0c5f0";

interface Who {
  readonly role?: KeyRole;
  readonly customer?: string | null;
  readonly language?: Language | null;
  readonly timeZone?: string | null;
  /** What a customer's people are let do; left out: as a key of the customer. */
  readonly portal?: readonly PortalAction[];
}

/** A session of a role: no account stands behind it. */
export function testSession(who: Who = {}): Session {
  const { role = "admin", customer = null, language = null, timeZone = null, portal } = who;
  const principal = {
    keyId: `usr_${role}`,
    keyName: `${role}@example.com`,
    role,
    customer,
    address: "127.0.0.1",
    requireKey() {},
    ...(portal && { portal }),
  };
  return { id: `ses_${role}`, csrf: CSRF, principal, name: `${role}@example.com`, language, timeZone };
}

/** Sessions by the token of the cookie. */
export function testSessions(sessions: Readonly<Record<string, Session>>): Sessions {
  return { find: async (token) => sessions[token] ?? null };
}

export interface PageReply {
  readonly status: number;
  readonly html: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Asks for pages as a browser with one session does; `session: null` is nobody. */
export function pageReader(app: FastifyInstance, session = "signed-in") {
  const cookies = { "waybell-session": session };
  return {
    async get(url: string, headers: Record<string, string> = {}): Promise<PageReply> {
      const reply = await app.inject({ method: "GET", url, cookies, headers: { accept: "text/html", ...headers } });
      return { status: reply.statusCode, html: reply.body, headers: reply.headers };
    },
    async post(
      url: string,
      form: Record<string, string> = {},
      headers: Record<string, string> = {},
    ): Promise<PageReply> {
      const payload = new URLSearchParams({ csrf: CSRF, ...form }).toString();
      const type = { "content-type": "application/x-www-form-urlencoded", accept: "text/html" };
      const reply = await app.inject({ method: "POST", url, cookies, payload, headers: { ...type, ...headers } });
      return { status: reply.statusCode, html: reply.body, headers: reply.headers };
    },
  };
}

/** The pages over fakes of the services, for somebody who is signed in. */
export async function fakePages(who: Who = {}, replaced: Partial<ApiServices> = {}) {
  const sessions = testSessions({ "signed-in": testSession(who) });
  const made = createConsole({
    sessions,
    pages,
    clock: manualClock(),
    version: "0.0.0",
    timeZone: "Europe/Brussels",
    signIn: signInForForm({ missing: [], hasSingleSignOn: false } as unknown as Accounts),
  });
  const api = await fakeApi(replaced, made);
  return { ...api, ...pageReader(api.app) };
}
