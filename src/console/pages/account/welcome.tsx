import type { Accounts, Faulty, OpenLink, Refused } from "../../accounts.js";
import { Csrf, TextField } from "../../components/form.js";
import { Text } from "../../components/parts.js";
import type { OpenPage, PageAnswer, PageContext } from "../../page.js";
import { faultWords, signInWords, welcomeWords as words } from "../../words/sign-in.js";
import { letIn, NotIn, refusalStatus, visitorOf } from "./sign-in.js";

interface WelcomeProps {
  readonly link: OpenLink;
  readonly context: PageContext;
  readonly refused?: Refused | undefined;
  readonly fault?: Faulty["fault"] | undefined;
}

/** The field that a fault is about. */
const FIELD = {
  short: "password",
  long: "password",
  password: "password",
  email: "email",
  taken: "email",
  name: "name",
} as const;

function Choices({ link, context }: WelcomeProps) {
  const { t } = context;
  const [only, ...others] = link.customers;
  if (!only) return <p>{t(signInWords.portal)}</p>;
  if (others.length === 0) {
    return (
      <div class="buttons">
        <button type="submit" class="button primary" name="customer" value={only.id}>
          {t(signInWords.signIn)}
        </button>
      </div>
    );
  }
  return (
    <fieldset>
      <legend>{t(words.choose)}</legend>
      <div class="buttons">
        {link.customers.map(({ id, name }) => (
          <button key={id} type="submit" class="button" name="customer" value={id}>
            <Text>{name}</Text>
          </button>
        ))}
      </div>
    </fieldset>
  );
}

function Portal({ link, context }: WelcomeProps) {
  return (
    <>
      <p>
        {context.t(words.portalHelp)}{" "}
        <strong>
          <Text>{link.email}</Text>
        </strong>
      </p>
      <Choices link={link} context={context} />
    </>
  );
}

function ChooseFields({ link, context, fault }: WelcomeProps) {
  const { t, form } = context;
  const errorOf = (field: string) => (fault && FIELD[fault] === field ? t(faultWords[fault]) : undefined);
  const isFirst = link.kind === "first-admin";
  return (
    <>
      {isFirst ? (
        <TextField
          name="email"
          type="email"
          label={t(signInWords.email)}
          value={form.get("email") ?? ""}
          required
          autoComplete="username"
          error={errorOf("email")}
        />
      ) : (
        <>
          <p>
            {t(words.forAddress)}{" "}
            <strong>
              <Text>{link.email}</Text>
            </strong>
          </p>
          {/* So that what keeps passwords knows whose this one is. */}
          <input type="hidden" name="username" value={link.email} autocomplete="username" />
        </>
      )}
      {link.kind !== "password" && (
        <TextField
          name="name"
          label={t(words.name)}
          value={form.get("name") ?? link.name}
          autoComplete="name"
          error={errorOf("name")}
        />
      )}
      <TextField
        name="password"
        type="password"
        label={t(signInWords.password)}
        help={t(words.passwordHelp)}
        required
        autoComplete="new-password"
        error={errorOf("password")}
      />
      <div class="buttons">
        <button type="submit" class="button primary">
          {t(words.go)}
        </button>
      </div>
    </>
  );
}

const TITLES = {
  "first-admin": words.firstAdmin,
  invitation: words.invitation,
  password: words.password,
  portal: words.portal,
} as const;

function Welcome(props: WelcomeProps) {
  const { link, context, refused } = props;
  const { t } = context;
  return (
    <>
      <h1>{t(TITLES[link.kind])}</h1>
      {link.kind === "first-admin" && <p class="muted">{t(words.firstAdminHelp)}</p>}
      {refused && <NotIn refused={refused} context={context} />}
      <form method="post" class="panel">
        <Csrf />
        {link.kind === "portal" ? <Portal {...props} /> : <ChooseFields {...props} />}
      </form>
    </>
  );
}

function gone({ t }: PageContext): PageAnswer {
  const body = (
    <>
      <h1>{t(words.gone)}</h1>
      <p>{t(words.goneHelp)}</p>
      <p>
        <a class="button" href="/sign-in">
          {t(signInWords.again)}
        </a>
      </p>
    </>
  );
  return { title: t(words.gone), body, status: 404 };
}

function welcome(props: WelcomeProps): PageAnswer {
  const { link, context, refused, fault } = props;
  const status = refused ? refusalStatus(refused, context) : fault ? 422 : 200;
  return { title: context.t(TITLES[link.kind]), body: <Welcome {...props} />, status };
}

/** What links lead to: to look uses nothing up, for programs that read mails open them too. */
export function welcomePages(accounts: Accounts): OpenPage[] {
  const tokenOf = ({ params }: PageContext) => params.token ?? "";
  return [
    {
      method: "GET",
      path: "/welcome/:token",
      roles: "anyone",
      async answer(context) {
        const link = await accounts.openLink(tokenOf(context));
        return link ? welcome({ link, context }) : gone(context);
      },
    },
    {
      method: "POST",
      path: "/welcome/:token",
      roles: "anyone",
      async answer(context) {
        const { form, session } = context;
        const token = tokenOf(context);
        const link = await accounts.openLink(token);
        if (!link) return gone(context);
        const field = (name: string) => form.get(name) ?? "";
        const given = { email: field("email"), name: field("name"), password: field("password") };
        const came = await accounts.useLink(token, { ...given, customer: field("customer") }, visitorOf(context));
        if ("fault" in came) return welcome({ link, context, fault: came.fault });
        if ("refused" in came && came.refused === "wrong") return gone(context);
        if ("refused" in came) return welcome({ link, context, refused: came });
        if (session) await accounts.signOut(session);
        return letIn(accounts, context, came.token, "/");
      },
    },
  ];
}
