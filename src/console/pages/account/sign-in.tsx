import { createClients } from "../../../api/client-address.js";
import type { Accounts, Refused, Visitor } from "../../accounts.js";
import { ActionButton, Csrf, TextField } from "../../components/form.js";
import { Text } from "../../components/parts.js";
import type { Waiting } from "../../earlier-form.js";
import { AGAIN, keptIn } from "../../kept-form.js";
import type { OpenPage, PageAnswer, PageContext } from "../../page.js";
import { ownAddress } from "../../preferences.js";
import { clearSessionToken, setSessionToken } from "../../session-cookie.js";
import { endedWords, waitWord, signInWords as words } from "../../words/sign-in.js";

const clientOf = createClients();

/** Of an address that is shown again: whoever is not signed in gets no page longer than what they sent. */
const MOST_EMAIL = 320;

/** Who is at the other end of a request. */
export function visitorOf({ request }: Pick<PageContext, "request">): Visitor {
  const { address, client } = clientOf(request);
  return { address, client, agent: request.headers["user-agent"] ?? "" };
}

const STATUS = { wrong: 403, wait: 429, busy: 503, portal: 403 } as const;

/** Says with the answer's head when to try again. */
export function refusalStatus({ refused, seconds }: Refused, { reply }: PageContext): number {
  if (seconds > 0) reply.header("retry-after", String(seconds));
  return STATUS[refused];
}

/** Why nobody was signed in. */
export function NotIn({ refused, context }: { readonly refused: Refused; readonly context: PageContext }) {
  const { t, format } = context;
  const text = refused.refused === "wait" ? t(waitWord)(format.number(refused.seconds)) : t(words[refused.refused]);
  return (
    <p class="notice bad" role="alert">
      {text}
    </p>
  );
}

interface SignInProps {
  readonly accounts: Accounts;
  readonly context: PageContext;
  readonly next: string;
  /** What was typed before the session ended; null: it was too long. Left out: nothing was. */
  readonly kept?: string | null | undefined;
  readonly email?: string;
  readonly refused?: Refused | undefined;
  readonly providerFailed?: boolean;
}

/** Carries what was typed, and where it goes, through signing in. */
const Carried = ({ kept, next }: Pick<SignInProps, "kept" | "next">) => (
  <>
    <input type="hidden" name="next" value={next} />
    {kept && <input type="hidden" name="kept" value={kept} />}
  </>
);

/** The way back to what was typed, for who has signed in elsewhere. */
function GoOn({ kept, next, context: { t } }: Pick<SignInProps, "kept" | "next" | "context">) {
  if (!kept) return null;
  return (
    <section class="panel">
      <p>{t(endedWords.otherTab)}</p>
      <ActionButton action={next} values={{ [AGAIN]: kept }}>
        {t(endedWords.goOn)}
      </ActionButton>
    </section>
  );
}

function ByPassword({ context, next, kept, email }: Omit<SignInProps, "accounts">) {
  const { t } = context;
  return (
    <form method="post" action="/sign-in" class="panel">
      <Csrf />
      <Carried kept={kept} next={next} />
      <TextField name="email" type="email" label={t(words.email)} value={email} required autoComplete="username" />
      <TextField name="password" type="password" label={t(words.password)} required autoComplete="current-password" />
      <div class="buttons">
        <button type="submit" class="button primary">
          {t(words.signIn)}
        </button>
      </div>
    </form>
  );
}

function ByLink({ accounts: { missing }, context: { t }, kept, next }: SignInProps) {
  return (
    <section class="panel">
      <h2>{t(words.byLink)}</h2>
      {missing.length > 0 ? (
        <p class="muted">
          {t(words.noLinks)} <code>{missing.join(", ")}</code>
        </p>
      ) : (
        <form method="post" action="/sign-in/link">
          <Csrf />
          <Carried kept={kept} next={next} />
          <p class="muted">{t(words.byLinkHelp)}</p>
          <TextField name="link-email" type="email" label={t(words.email)} required autoComplete="email" />
          <div class="buttons">
            <button type="submit" class="button">
              {t(words.sendLink)}
            </button>
          </div>
        </form>
      )}
    </section>
  );
}

function SignIn(props: SignInProps) {
  const { accounts, context, next, kept, refused, providerFailed } = props;
  const { t } = context;
  return (
    <>
      <h1>{t(words.title)}</h1>
      {kept !== undefined && (
        <p class="notice warn" role="alert">
          {t(endedWords.ended)} {t(kept === null ? endedWords.tooLong : endedWords.kept)}
        </p>
      )}
      {refused && <NotIn refused={refused} context={context} />}
      {providerFailed && (
        <p class="notice bad" role="alert">
          {t(words.providerFailed)}
        </p>
      )}
      <ByPassword {...props} />
      {accounts.hasSingleSignOn && (
        <p>
          <a
            class="button"
            href={`/sign-in/organisation?next=${encodeURIComponent(kept ? "/" : next)}`}
            target={kept ? "_blank" : undefined}
            rel={kept ? "noopener" : undefined}
          >
            {t(words.singleSignOn)}
          </a>
        </p>
      )}
      <ByLink {...props} />
      <GoOn {...props} />
    </>
  );
}

/** The page to sign in, with what went wrong. */
export function signInPage(
  accounts: Accounts,
  context: PageContext,
  more: Omit<SignInProps, "accounts" | "context">,
): PageAnswer {
  const found = more.kept === undefined ? 200 : 401;
  const status = more.refused ? refusalStatus(more.refused, context) : more.providerFailed ? 403 : found;
  return {
    title: context.t(words.title),
    status,
    body: <SignIn accounts={accounts} context={context} {...more} />,
  };
}

/** The page to sign in for who has typed a form that their session was too short for. */
export const signInForForm =
  (accounts: Accounts) =>
  (context: PageContext, waiting: Waiting): PageAnswer =>
    signInPage(accounts, context, { ...waiting, next: ownAddress(waiting.next) });

/** Leads on to the form that waits: it is sent, to be shown, by a page as only a page can send it. */
function toForm({ t }: PageContext, kept: string, next: string): PageAnswer {
  const body = (
    <>
      <h1>{t(endedWords.signedIn)}</h1>
      <form method="post" action={next} class="panel" data-submit-now>
        <input type="hidden" name={AGAIN} value={kept} />
        <button type="submit" class="button primary">
          {t(endedWords.goOn)}
        </button>
      </form>
    </>
  );
  return { title: t(endedWords.signedIn), body };
}

/** Gives the browser its session, in place of any that it had, and leads on. */
export function letIn(accounts: Accounts, context: PageContext, token: string, next: string): PageAnswer {
  setSessionToken(context.request, context.reply, token, accounts.isSecure);
  return { location: next };
}

function passwordPages(accounts: Accounts): OpenPage[] {
  return [
    {
      method: "GET",
      path: "/sign-in",
      roles: "anyone",
      async answer(context) {
        const next = ownAddress(context.query.get("next"));
        if (context.session) return { location: next };
        return signInPage(accounts, context, { next });
      },
    },
    {
      method: "POST",
      path: "/sign-in",
      roles: "anyone",
      async answer(context) {
        const { form, session } = context;
        const next = ownAddress(form.get("next"));
        const email = form.get("email") ?? "";
        const kept = keptIn(form);
        const came = await accounts.signIn({ email, password: form.get("password") ?? "" }, visitorOf(context));
        if ("refused" in came) {
          return signInPage(accounts, context, { next, kept, email: email.slice(0, MOST_EMAIL), refused: came });
        }
        if (session) await accounts.signOut(session);
        const entered = letIn(accounts, context, came.token, next);
        return kept === undefined ? entered : toForm(context, kept, next);
      },
    },
  ];
}

/** Signing in by password, asking for a link, and signing out. */
export function signInPages(accounts: Accounts): OpenPage[] {
  return [
    ...passwordPages(accounts),
    {
      method: "POST",
      path: "/sign-in/link",
      roles: "anyone",
      async answer(context) {
        const { t, form } = context;
        const email = (form.get("link-email") ?? "").trim().slice(0, MOST_EMAIL);
        const refused = accounts.sendLink(email, visitorOf(context)) ?? undefined;
        const [next, kept] = [ownAddress(form.get("next")), keptIn(form)];
        if (refused || accounts.missing.length > 0) return signInPage(accounts, context, { next, kept, refused });
        const body = (
          <>
            <h1>{t(words.sentTitle)}</h1>
            <section class="panel">
              <p>
                <strong>
                  <Text>{email}</Text>
                </strong>
              </p>
              <p>{t(words.sent)}</p>
            </section>
            <GoOn kept={kept} next={next} context={context} />
            <p>
              <a href="/sign-in">{t(words.again)}</a>
            </p>
          </>
        );
        return { title: t(words.sentTitle), body };
      },
    },
    {
      method: "POST",
      path: "/sign-out",
      roles: "anyone",
      async answer({ session, reply }) {
        if (session) await accounts.signOut(session);
        clearSessionToken(reply);
        return { location: "/sign-in" };
      },
    },
  ];
}
