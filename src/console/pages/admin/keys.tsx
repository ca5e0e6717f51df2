import type { Static } from "typebox";
import { KEY_ROLES, type KeyAnswer, type KeyMade } from "../../../schemas/access.js";
import type { Problem } from "../../../schemas/problem.js";
import { ActionButton, Csrf, SelectField, TextField } from "../../components/form.js";
import { Badge, Code, Moment, PageHead, Panel, Text } from "../../components/parts.js";
import { Pager, Table } from "../../components/table.js";
import type { Page, PageAnswer, SignedIn } from "../../page.js";
import { problemOfInput } from "../../problem.js";
import { Refusal } from "../../refusal.js";
import { common } from "../../words/common.js";
import { keyWords as words } from "../../words/keys.js";
import { withNotice } from "../../words/notices.js";
import { roleHelp, roleNames, userWords } from "../../words/users.js";

type Key = Static<typeof KeyAnswer>;

const ADMIN = ["admin"] as const;

function isExpired({ expiresAt }: Key, now: number): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= now;
}

function KeyState({ apiKey, page: { t, now } }: { readonly apiKey: Key; readonly page: SignedIn }) {
  if (apiKey.revokedAt !== null) return <Badge tone="plain">{t(words.revoked)}</Badge>;
  if (isExpired(apiKey, now)) return <Badge tone="warn">{t(words.expired)}</Badge>;
  return <Badge tone="good">{t(words.valid)}</Badge>;
}

function Revoke({ apiKey, page: { t, now } }: { readonly apiKey: Key; readonly page: SignedIn }) {
  if (apiKey.revokedAt !== null || isExpired(apiKey, now)) return null;
  const action = `/keys/${encodeURIComponent(apiKey.id)}/revoke`;
  return (
    <ActionButton action={action} class="button small danger" confirm={t(words.revokeSure)}>
      {t(words.revoke)} <span class="visually-hidden">{apiKey.name}</span>
    </ActionButton>
  );
}

function Keys({
  keys,
  next,
  page,
}: {
  readonly keys: readonly Key[];
  readonly next: string | null;
  readonly page: SignedIn;
}) {
  const { t, may } = page;
  return (
    <>
      <PageHead title={t(words.title)}>
        <a class="button primary" href="/keys/new">
          {t(words.create)}
        </a>
      </PageHead>
      <p class="muted">{t(words.intro)}</p>
      <Table<Key>
        caption={t(words.title)}
        rows={keys}
        rowKey={({ id }) => id}
        columns={[
          { label: t(common.name), cell: ({ name }) => <Text>{name}</Text> },
          { label: t(words.role), cell: ({ role }) => t(roleNames[role]) },
          { label: t(common.customer), cell: ({ customer }) => (customer === null ? "–" : <Text>{customer}</Text>) },
          { label: t(common.state), cell: (key) => <KeyState apiKey={key} page={page} /> },
          {
            label: t(words.expires),
            cell: ({ expiresAt }) => (expiresAt === null ? t(words.never) : <Moment at={expiresAt} />),
          },
          { label: t(words.lastUsed), cell: ({ lastUsedAt }) => <Moment at={lastUsedAt} /> },
          ...(may("revokeKey")
            ? [{ label: t(common.actions), cell: (key: Key) => <Revoke apiKey={key} page={page} /> }]
            : []),
        ]}
      />
      <Pager next={next} />
    </>
  );
}

function createPage(page: SignedIn, problem?: Problem): PageAnswer {
  const { t, form } = page;
  const of = (name: string) => form.get(name) ?? "";
  const help = { ...roleHelp, producer: words.producerHelp, customer: words.customerHelp };
  const body = (
    <>
      <PageHead title={t(words.create)} />
      {problem && <Refusal problem={problem} />}
      <form method="post" action="/keys" class="panel">
        <Csrf />
        <TextField
          name="name"
          label={t(common.name)}
          help={t(words.nameHelp)}
          value={of("name")}
          required
          maxLength={200}
        />
        <SelectField
          name="role"
          label={t(words.role)}
          help={t(words.roleHelp)}
          value={of("role") || "producer"}
          options={KEY_ROLES.map((value) => ({ value, label: `${t(roleNames[value])}: ${t(help[value])}` }))}
        />
        <TextField
          name="customer"
          label={t(common.customer)}
          help={t(userWords.customerHelp)}
          value={of("customer")}
          maxLength={100}
        />
        <TextField
          name="expires"
          type="date"
          label={t(words.expires)}
          help={t(words.expiresHelp)}
          value={of("expires")}
        />
        <div class="buttons">
          <button type="submit" class="button primary">
            {t(words.create)}
          </button>
          <a class="button quiet" href="/keys">
            {t(common.cancel)}
          </a>
        </div>
      </form>
    </>
  );
  return { title: t(words.create), body, status: problem?.status ?? 200 };
}

/** The key, this once: it stands in no address, and no page shows it again. */
function madePage({ t }: SignedIn, { name, key }: Static<typeof KeyMade>): PageAnswer {
  const body = (
    <>
      <PageHead title={t(words.madeTitle)} />
      <Panel>
        <p>
          <strong>
            <Text>{name}</Text>
          </strong>
        </p>
        <p>{t(words.made)}</p>
        <Code id="key" label={t(words.madeTitle)}>
          {key}
        </Code>
      </Panel>
      <p>
        <a class="button" href="/keys">
          {t(words.back)}
        </a>
      </p>
    </>
  );
  return { title: t(words.madeTitle), body };
}

function bodyOf(form: URLSearchParams) {
  const of = (name: string) => (form.get(name) ?? "").trim();
  const [customer, expires] = [of("customer"), of("expires")];
  return {
    name: of("name"),
    role: of("role"),
    customer: customer === "" ? null : customer,
    expiresAt: expires === "" ? null : expires,
  };
}

export const keyPages: readonly Page[] = [
  {
    method: "GET",
    path: "/keys",
    roles: ADMIN,
    async answer(page) {
      const cursor = page.query.get("cursor");
      const query = cursor === null ? { limit: "50" } : { limit: "50", cursor };
      const { items, next } = await page.read<{ items: Key[]; next: string | null }>("listKeys", { query });
      return { title: page.t(words.title), body: <Keys keys={items} next={next} page={page} />, wide: true };
    },
  },
  { method: "GET", path: "/keys/new", roles: ADMIN, answer: async (page) => createPage(page) },
  {
    method: "POST",
    path: "/keys",
    roles: ADMIN,
    async answer(page) {
      try {
        return madePage(page, await page.read<Static<typeof KeyMade>>("createKey", { body: bodyOf(page.form) }));
      } catch (error) {
        return createPage(page, problemOfInput(error));
      }
    },
    again: async (page) => createPage(page),
  },
  {
    method: "POST",
    path: "/keys/:id/revoke",
    roles: ADMIN,
    async answer(page) {
      await page.call("revokeKey", { params: { id: page.params.id ?? "" } });
      return { location: withNotice("/keys", "keyRevoked") };
    },
  },
];
