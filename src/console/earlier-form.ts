import type { FastifyRequest } from "fastify";
import { RefusalError } from "../api/problems.js";
import { refusal } from "../schemas/rules/rules.js";
import type { Around } from "./components/use-page.js";
import { endedPart, shownAgain } from "./ended.js";
import { AGAIN, isOwnForm, keepForm, openForm } from "./kept-form.js";
import type { Page, PageAnswer, PageContext, SignedIn } from "./page.js";
import { ownAddress } from "./preferences.js";
import { hasToken, isFromOwnPage } from "./same-site.js";
import type { Session } from "./session.js";
import { withNotice } from "./words/notices.js";
import { endedWords as words } from "./words/sign-in.js";

/** A form that waits for its user to sign in. */
export interface Waiting {
  /** What was typed, as only this browser can open it; null: it was too long. */
  readonly kept: string | null;
  /** Where the form was sent. */
  readonly next: string;
}

interface Posted {
  readonly page: Page;
  readonly context: Around;
  readonly isSecure: boolean;
  /** The page to sign in, for a form that waits. */
  signIn(context: PageContext, waiting: Waiting): PageAnswer;
  /** Throws a 403 for a role that the page is not for. */
  enter(session: Session, form: URLSearchParams): SignedIn;
}

/** Where to go after signing in: to the page that had the button. */
export function pageOf({ method, url, headers, host }: FastifyRequest): string {
  if (method === "GET") return ownAddress(url);
  const { referer = "" } = headers;
  const from = URL.canParse(referer) ? new URL(referer) : null;
  return from?.host === host ? ownAddress(from.pathname + from.search) : "/";
}

async function broughtBack({ page, context, isSecure, signIn, enter }: Posted): Promise<PageAnswer> {
  const { session, request, t } = context;
  const form = openForm(context, isSecure);
  if (!form || !page.again) return { location: ownAddress(request.url) };
  if (!session) return signIn(context, { kept: context.form.get(AGAIN), next: request.url });
  if (!isOwnForm(form, session)) throw new RefusalError(403, "forbidden", refusal("other_user"));
  return shownAgain(await page.again(enter(session, form)), t(words.back), 200);
}

/**
 * What a form is answered that was made in an earlier session: it is shown again to who typed it, or the page anew that had
 * its button, and never does what it asks for. Only where the browser says that a page of this service sent it: a form of
 * another site plants nothing.
 * undefined: it is another form.
 */
export async function earlierForm(posted: Posted): Promise<PageAnswer | undefined> {
  const { page, context, isSecure, signIn, enter } = posted;
  const { session, request, form, t } = context;
  if (!isFromOwnPage(request)) return undefined;
  if (form.has(AGAIN)) return broughtBack(posted);
  if (session) {
    if (hasToken(request, form, session) || !isOwnForm(form, session)) return undefined;
    if (context.isBackground) return endedPart(403);
    if (!page.again) return { location: withNotice(pageOf(request), "notDone") };
    return shownAgain(await page.again(enter(session, form)), t(words.back), 403);
  }
  if (!page.again || !form.has("owner")) return undefined;
  return signIn(context, { kept: keepForm(context, isSecure), next: request.url });
}
