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
import { PageProvider } from "./components/use-page.js";
import { FORM_TYPES, parseForm } from "./form.js";
import { formatOf } from "./format.js";
import type { OpenPage, Page, PageAnswer, PageContext, SignedIn } from "./page.js";
import { preferencesOf } from "./preferences.js";
import { isolateEverything } from "./reading-direction.js";
import { RefusalPage, refusalTitle } from "./refusal.js";
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

type Around = PageContext & { readonly session: Session | null };

isolateEverything();

/** The pages, as the API's server takes them up. */
export function createConsole(options: ConsoleOptions) {
  const { sessions, clock, version, timeZone } = options;
  const assets = openAssets();
  const clientOf = createClients();
  const streams = new Streams(clock);
  // A refusal is told in the language of whoever was found to be signed in.
  const known = new WeakMap<FastifyRequest, Session>();

  function around(
    request: FastifyRequest,
    reply: FastifyReply,
    session: Session | null,
    own: Session["language"] = session?.language ?? null,
  ): Around {
    const { language, theme: _theme } = preferencesOf(request, { language: own });
    const zone = session?.timeZone ?? timeZone;
    const [, search = ""] = request.url.split("?", 2);
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
      isPart: request.headers["hx-request"] === "true" && request.headers["hx-boosted"] !== "true",
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
    const token = sessionToken(request, options.isSecure ?? false);
    return token === undefined ? null : sessions.find(token, clientOf(request).address);
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

  function addPage(app: FastifyInstance, page: Page | OpenPage, operations: Operations): void {
    app.route({
      method: page.method,
      url: page.path,
      async handler(request, reply) {
        const session = await sessionOf(request);
        if (session) known.set(request, session);
        const context = around(request, reply, session);
        if (page.method === "POST") requireSameSite(request, context.form, session);
        if (page.roles === "anyone") return send(context, await page.answer(context));
        // It tells a browser to ask no more, and a page that is not there any more needs no other one in its place.
        if (!session && page.isStream) return reply.code(204).headers(HEADERS).send();
        if (!session) {
          const next = page.method === "GET" ? `?next=${encodeURIComponent(request.url)}` : "";
          return send(context, { location: `/sign-in${next}` });
        }
        if (!page.roles.includes(session.principal.role)) {
          throw new RefusalError(403, "forbidden", refusal("page_role", { role: session.principal.role }));
        }
        return send(context, await page.answer(signedIn({ ...context, session }, operations)));
      },
    });
  }

  return {
    async pages(app: FastifyInstance, operations: Operations): Promise<void> {
      await app.register(cookie);
      assets.add(app);
      app.addHook("preClose", (done) => {
        streams.stop();
        done();
      });
      await app.register(async (scope) => {
        scope.addContentTypeParser(FORM_TYPES, parseForm(clock));
        for (const page of options.pages) addPage(scope, page, operations);
      });
    },

    /** The refusal as a page, for browsers; null for programs. */
    problemPage(problem: Problem, request: FastifyRequest, reply: FastifyReply): string | null {
      const [path = ""] = request.url.split("?", 1);
      if (path.startsWith("/v1/") || !(request.headers.accept ?? "").includes("text/html")) return null;
      const { language = null } = known.get(request) ?? {};
      const context = around(request, reply, null, language);
      reply.headers(HEADERS);
      return document(context, context.t(refusalTitle(problem)), <RefusalPage problem={problem} />);
    },
  };
}
