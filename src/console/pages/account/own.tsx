import type { Accounts, Faulty, OwnAccount, Refused } from "../../accounts.js";
import { ActionButton, Csrf, SelectField, TextField } from "../../components/form.js";
import { Badge, Facts, Moment, PageHead, Panel, Text } from "../../components/parts.js";
import { Table } from "../../components/table.js";
import { EVERYBODY, type Page, type PageAnswer, type SignedIn } from "../../page.js";
import { LANGUAGE_COOKIE } from "../../preferences.js";
import { isLanguage, LANGUAGE_NAMES, LANGUAGES } from "../../word.js";
import { accountWords as words } from "../../words/account.js";
import { common } from "../../words/common.js";
import { withNotice } from "../../words/notices.js";
import { faultWords, welcomeWords } from "../../words/sign-in.js";
import { userWords } from "../../words/users.js";
import { NotIn, refusalStatus, visitorOf } from "./sign-in.js";

interface OwnProps {
  readonly account: OwnAccount;
  readonly page: SignedIn;
  readonly fault?: Faulty["fault"] | undefined;
}

function You({ account, page: { t } }: OwnProps) {
  return (
    <Panel title={t(words.you)}>
      <form method="post" action="/account">
        <Csrf />
        <Facts facts={[[t(words.email), <Text>{account.email}</Text>]]} />
        <TextField
          name="name"
          label={t(words.name)}
          help={t(words.nameHelp)}
          value={account.name}
          maxLength={200}
          autoComplete="name"
        />
        <SelectField
          name="language"
          label={t(userWords.language)}
          help={t(userWords.languageHelp)}
          value={account.language ?? ""}
          options={[
            { value: "", label: t(userWords.asBrowser) },
            ...LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] })),
          ]}
        />
        <div class="buttons">
          <button type="submit" class="button primary">
            {t(common.save)}
          </button>
        </div>
      </form>
    </Panel>
  );
}

function PasswordForm({ account, page: { t }, fault }: OwnProps) {
  const text = fault && t(faultWords[fault]);
  return (
    <Panel title={t(words.password)}>
      <form method="post" action="/account/password">
        <Csrf />
        <input type="hidden" name="username" value={account.email} autocomplete="username" />
        {account.hasPassword && (
          <TextField
            name="current"
            type="password"
            label={t(words.current)}
            help={t(words.currentHelp)}
            required
            autoComplete="current-password"
            error={fault === "password" ? text : undefined}
          />
        )}
        <TextField
          name="password"
          type="password"
          label={t(words.next)}
          help={t(welcomeWords.passwordHelp)}
          required
          autoComplete="new-password"
          error={fault === "password" ? undefined : text}
        />
        <p class="muted">{t(words.changeHelp)}</p>
        <div class="buttons">
          <button type="submit" class="button">
            {t(words.change)}
          </button>
        </div>
      </form>
    </Panel>
  );
}

type Listed = OwnAccount["sessions"][number];

function OwnSessions({ account, page }: OwnProps) {
  const { t, session } = page;
  return (
    <Panel title={t(words.sessions)}>
      <Table<Listed>
        caption={t(words.sessions)}
        rows={account.sessions}
        rowKey={({ id }) => id}
        columns={[
          { label: t(words.browser), cell: ({ agent }) => <Text>{agent === "" ? "–" : agent}</Text> },
          { label: t(words.address), cell: ({ address }) => <Text>{address}</Text> },
          { label: t(words.began), cell: ({ createdAt }) => <Moment at={createdAt} /> },
          { label: t(words.seen), cell: ({ seenAt }) => <Moment at={seenAt} /> },
          {
            label: t(common.actions),
            cell: ({ id }) =>
              id === session.id ? (
                <Badge tone="good">{t(words.here)}</Badge>
              ) : (
                <ActionButton action={`/account/sessions/${encodeURIComponent(id)}/end`} class="button small">
                  {t(words.end)}
                </ActionButton>
              ),
          },
        ]}
      />
    </Panel>
  );
}

async function ownPage(
  accounts: Accounts,
  page: SignedIn,
  came: { readonly fault?: Faulty["fault"]; readonly refused?: Refused } = {},
): Promise<PageAnswer> {
  const { t, session } = page;
  const account = await accounts.own(session);
  if (!account) {
    const body = (
      <>
        <PageHead title={t(words.title)} />
        <Panel>
          <p>
            <strong>
              <Text>{session.name}</Text>
            </strong>
          </p>
          <p>{t(words.noAccount)}</p>
        </Panel>
      </>
    );
    return { title: t(words.title), body };
  }
  const { fault, refused } = came;
  const props = { account, page, fault };
  const body = (
    <>
      <PageHead title={t(words.title)} />
      {refused && <NotIn refused={refused} context={page} />}
      <You {...props} />
      <PasswordForm {...props} />
      <OwnSessions {...props} />
    </>
  );
  const status = refused ? refusalStatus(refused, page) : fault ? 422 : 200;
  return { title: t(words.title), body, status };
}

/** The account of who is signed in. */
export const ownPages = (accounts: Accounts): readonly Page[] => [
  { method: "GET", path: "/account", roles: EVERYBODY, answer: (page) => ownPage(accounts, page) },
  {
    method: "POST",
    path: "/account",
    roles: EVERYBODY,
    async answer({ form, session, reply }) {
      const language = form.get("language");
      const chosen = isLanguage(language) ? language : null;
      await accounts.changeOwn(session, { name: form.get("name") ?? "", language: chosen });
      // What was chosen in this browser before would hide what is chosen now.
      reply.clearCookie(LANGUAGE_COOKIE, { path: "/" });
      return { location: withNotice("/account", "saved") };
    },
  },
  {
    method: "POST",
    path: "/account/password",
    roles: EVERYBODY,
    async answer(page) {
      const { form, session } = page;
      const given = { current: form.get("current") ?? "", password: form.get("password") ?? "" };
      const came = await accounts.changePassword(session, given, visitorOf(page));
      if (came === null) return { location: withNotice("/account", "passwordChanged") };
      return ownPage(accounts, page, "fault" in came ? { fault: came.fault } : { refused: came });
    },
  },
  {
    method: "POST",
    path: "/account/sessions/:id/end",
    roles: EVERYBODY,
    async answer({ params, session }) {
      await accounts.endSession(session, params.id ?? "");
      return { location: withNotice("/account", "sessionEnded") };
    },
  },
];
