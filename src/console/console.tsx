import cookie from "@fastify/cookie";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { createClients } from "../api/client-address.js";
import { RefusalError } from "../api/problems.js";
import type { Operations } from "../api/run.js";
import type { Problem } from "../schemas/problem.js";
import { refusal } from "../schemas/rules/rules.js";
import type { Clock } from "../types.js";
import { openAssets } from "./assets.js";
import { type Around, PageProvider } from "./components/use-page.js";
import { earlierForm, pageOf, type Waiting } from "./earlier-form.js";
import { endedPart } from "./ended.js";
import { FORM_TYPES, parseForm } from "./form.js";
import { formatOf } from "./format.js";
import { Once } from "./once.js";
import type { OpenPage, Page, PageAnswer, PageContext, SignedIn } from "./page.js";
import { ownAddress, preferencesOf } from "./preferences.js";
import { isolateEverything } from "./reading-direction.js";
import { Refusal, RefusalPage, refusalTitle } from "./refusal.js";
import { renderPart } from "./render.js";
import { requireSameSite } from "./same-site.js";
import type { Session, Sessions } from "./session.js";
import { sessionToken } from "./session-cookie.js";
import { Shell } from "./shell.js";
import { Streams } from "./streams.js";
import { translateTo } from "./word.js";

export interface ConsoleOptions {
  readonly sessions: Sessions;
  readonly pages: readonly (Page | OpenPage)[];
  readonly clock: Clock;
  readonly version: string;
  /** Of readers who have none of their own. */
  readonly timeZone: string;
  /** Whether browsers reach the service by HTTPS, whatever reaches its port. */
  readonly isSecure?: boolean;
  /** The page to sign in for who has typed a form that their session was too short for. */
  signIn(context: PageContext, waiting: Waiting): PageAnswer;
}

/** Scripts, styles and addresses of this project alone; no page of another site may show one of these within its own. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "same-origin",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
};

isolateEverything();

/** The pages, as the API's server takes them up. */
export function createConsole(options: ConsoleOptions) {
  const { sessions, clock, version, timeZone, isSecure = false } = options;
  const assets = openAssets();
  const clientOf = createClients();
  const streams = new Streams(clock);
  const once = new Once(clock);
  let parseCookie: FastifyInstance["parseCookie"] = () => ({});
  const known = new WeakMap<FastifyRequest, Session | null>();

  function around(request: FastifyRequest, reply: FastifyReply, session: Session | null): Around {
    const { language } = preferencesOf(request, session);
    const zone = session?.timeZone ?? timeZone;
    const [, search = ""] = request.url.split("?", 2);
    const isPart = request.headers["hx-request"] === "true" && request.headers["hx-boosted"] !== "true";
    return {
      request,
      reply,
      session,
      now: clock.now(),
      language,
      t: translateTo(language),
      format: formatOf(language, zone),
      formatIn: (other) => formatOf(language, other ?? zone),
      params: request.params as Record<string, string>,
      query: new URLSearchParams(search),
      form: request.body instanceof URLSearchParams ? request.body : new URLSearchParams(),
      isPart,
      isBackground: isPart || request.headers["waybell-live"] === "true",
    };
  }

  function document(context: Around, title: string, body: VNode, wide?: boolean): string {
    const { theme } = preferencesOf(context.request, context.session);
    const [path = "/"] = context.request.url.split("?", 1);
    const page = (
      <PageProvider value={context}>
        <Shell title={title} assets={assets} theme={theme} version={version} path={path} wide={wide}>
          {body}
        </Shell>
      </PageProvider>
    );
    return `<!doctype html>${renderToString(page)}`;
  }

  function send(context: Around, answer: PageAnswer): FastifyReply {
    const { reply, isPart } = context;
    reply.headers(HEADERS);
    if ("location" in answer) {
      // htmx follows a redirect itself, and would put the whole page into the place of a part.
      if (isPart) return reply.code(204).header("hx-redirect", answer.location).send();
      return reply.code(303).header("location", answer.location).send();
    }
    if ("file" in answer) {
      const { status, body, contentType = "application/octet-stream", fileName } = answer.file;
      if (fileName !== undefined) reply.header("content-disposition", `attachment; filename="${fileName}"`);
      return reply.code(status).type(contentType).send(body);
    }
    reply.code(answer.status ?? 200).type("text/html; charset=utf-8");
    if ("title" in answer) return reply.send(document(context, answer.title, answer.body, answer.wide));
    reply.headers(answer.headers ?? {});
    return reply.send(renderPart(context, answer.part));
  }

  async function sessionOf(request: FastifyRequest): Promise<Session | null> {
    const token = sessionToken(request, isSecure);
    const session = token === undefined ? null : await sessions.find(token, clientOf(request).address);
    known.set(request, session);
    return session;
  }

  function signedIn(context: Around & { readonly session: Session }, operations: Operations): SignedIn {
    const { principal } = context.session;
    const call: SignedIn["call"] = (operation, asked = {}) =>
      operations.call(operation, asked, principal, context.request);
    return {
      ...context,
      role: principal.role,
      call,
      read: async <T,>(operation: string, asked = {}) => (await call(operation, asked)).body as T,
      streams,
      may: (operation) => operations.allows(operation, principal),
    };
  }

  /** As who is signed in calls a page. Throws a 403 for a role that it is not for. */
  function enter(context: Around, page: Page, session: Session, operations: Operations): SignedIn {
    const { role } = session.principal;
    if (!page.roles.includes(role)) throw new RefusalError(403, "forbidden", refusal("page_role", { role }));
    return signedIn({ ...context, session }, operations);
  }

  async function answerOf(page: Page, context: Around, operations: Operations): Promise<PageAnswer> {
    const { session, request, form } = context;
    const isForm = page.method === "POST";
    if (!session && context.isBackground) return endedPart(401);
    if (isForm) {
      const entered = (by: Session, typed: URLSearchParams) => enter({ ...context, form: typed }, page, by, operations);
      const earlier = await earlierForm({ page, context, isSecure, signIn: options.signIn, enter: entered });
      if (earlier) return earlier;
      requireSameSite(request, form, session);
    }
    if (!session) {
      const next = pageOf(request);
      return { location: next === "/" && isForm ? "/sign-in" : `/sign-in?next=${encodeURIComponent(next)}` };
    }
    const asked = enter(context, page, session, operations);
    return isForm && !context.isBackground ? once.run(context, session, () => page.answer(asked)) : page.answer(asked);
  }

  function addPage(app: FastifyInstance, page: Page | OpenPage, operations: Operations): void {
    app.route({
      method: page.method,
      url: page.path,
      async handler(request, reply) {
        const session = await sessionOf(request);
        const context = around(request, reply, session);
        if (page.roles === "anyone") {
          if (page.method === "POST") requireSameSite(request, context.form, session);
          return send(context, await page.answer(context));
        }
        // It tells a browser to ask no more, and a page that is not there any more needs no other one in its place.
        if (!session && page.isStream) return reply.code(204).headers(HEADERS).send();
        return send(context, await answerOf(page, context, operations));
      },
    });
  }

  /** Leads who opens what a form alone is sent to, by coming back to it or loading it anew, to the page above it. */
  function addWayUp(app: FastifyInstance, path: string, looked: ReadonlySet<string>): void {
    const parts = path.split("/");
    let length = parts.length - 1;
    while (length > 1 && !looked.has(parts.slice(0, length).join("/"))) length--;
    app.get(path, (request, reply) => {
      const [given = ""] = request.url.split("?", 1);
      const above = ownAddress(given.split("/").slice(0, length).join("/"));
      return reply.headers(HEADERS).code(303).header("location", above).send();
    });
  }

  /** Who a refusal is told to: of an address that is no page nobody has asked yet. */
  async function readerOf(request: FastifyRequest): Promise<Session | null> {
    request.cookies ??= parseCookie(request.headers.cookie ?? "");
    return known.get(request) ?? sessionOf(request).catch(() => null);
  }

  return {
    async pages(app: FastifyInstance, operations: Operations): Promise<void> {
      await app.register(cookie);
      parseCookie = (header) => app.parseCookie(header);
      assets.add(app);
      app.addHook("preClose", (done) => {
        streams.stop();
        done();
      });
      await app.register(async (scope) => {
        scope.addContentTypeParser(FORM_TYPES, parseForm(clock));
        for (const page of options.pages) addPage(scope, page, operations);
        const looked = new Set(options.pages.filter(({ method }) => method === "GET").map(({ path }) => path));
        for (const { path } of options.pages) {
          if (!looked.has(path)) addWayUp(scope, path, looked);
        }
      });
    },

    /** The refusal as a page, for browsers, with the way back of who is signed in; null for programs. */
    problemPage(problem: Problem, request: FastifyRequest, reply: FastifyReply): Promise<string> | null {
      const [path = ""] = request.url.split("?", 1);
      const { accept = "", "hx-request": asPart } = request.headers;
      if (path.startsWith("/v1/") || !(accept.includes("text/html") || asPart === "true")) return null;
      return readerOf(request).then((session) => {
        const context = around(request, reply, session);
        reply.headers(HEADERS);
        if (context.isPart) return renderPart(context, <Refusal problem={problem} />);
        return document(context, context.t(refusalTitle(problem)), <RefusalPage problem={problem} />);
      });
    },
  };
}
