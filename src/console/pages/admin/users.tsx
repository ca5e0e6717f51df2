import type { Static } from "typebox";
import type { Problem } from "../../../schemas/problem.js";
import type { UserLink } from "../../../schemas/user.js";
import { Csrf } from "../../components/form.js";
import { isStale } from "../../components/meanwhile.js";
import { Code, Moment, PageHead, Panel, Text } from "../../components/parts.js";
import { Pager, Table } from "../../components/table.js";
import type { Page, PageAnswer, SignedIn } from "../../page.js";
import { problemOfInput } from "../../problem.js";
import { common } from "../../words/common.js";
import { withNotice } from "../../words/notices.js";
import { roleNames, userWords as words } from "../../words/users.js";
import { postedUser, UserFields, UserRefusal, type UserValues, userBody } from "./user-form.js";
import { addressOf, stateOfUser, type User, UserState, userPage } from "./user-page.js";

type Link = Static<typeof UserLink>;

const ADMIN = ["admin"] as const;

function Users({
  users,
  next,
  page,
}: {
  readonly users: readonly User[];
  readonly next: string | null;
  readonly page: SignedIn;
}) {
  const { t, session } = page;
  return (
    <>
      <PageHead title={t(words.title)}>
        <a class="button primary" href="/users/new">
          {t(words.invite)}
        </a>
      </PageHead>
      <p class="muted">{t(words.intro)}</p>
      <Table<User>
        caption={t(words.title)}
        rows={users}
        rowKey={({ id }) => id}
        columns={[
          {
            label: t(words.email),
            cell: ({ id, email }) => (
              <>
                <a href={addressOf(id)}>
                  <Text>{email}</Text>
                </a>
                {id === session.principal.keyId && <span class="muted"> ({t(words.you)})</span>}
              </>
            ),
          },
          { label: t(common.name), cell: ({ name }) => <Text>{name}</Text> },
          { label: t(words.role), cell: ({ role }) => t(roleNames[role]) },
          { label: t(common.customer), cell: ({ customer }) => (customer === null ? "–" : <Text>{customer}</Text>) },
          { label: t(common.state), cell: (user) => <UserState user={user} page={page} /> },
          { label: t(words.lastSeen), cell: ({ lastSignedInAt }) => <Moment at={lastSignedInAt} /> },
        ]}
      />
      <Pager next={next} />
    </>
  );
}

function invitePage(page: SignedIn, values: UserValues, problem?: Problem): PageAnswer {
  const { t } = page;
  const body = (
    <>
      <PageHead title={t(words.inviteTitle)} />
      <UserRefusal problem={problem} page={page} />
      <form method="post" action="/users" class="panel">
        <Csrf />
        <UserFields values={values} problem={problem} page={page} isNew />
        <div class="buttons">
          <button type="submit" class="button primary">
            {t(words.invite)}
          </button>
          <a class="button quiet" href="/users">
            {t(common.cancel)}
          </a>
        </div>
      </form>
    </>
  );
  return { title: t(words.inviteTitle), body, status: problem?.status ?? 200 };
}

/** The link, this once: it stands in no address, and no page shows it again. */
function linkPage(page: SignedIn, user: Pick<User, "id" | "email">, { link, linkExpiresAt, mailed }: Link): PageAnswer {
  const { t } = page;
  const body = (
    <>
      <PageHead title={t(words.linkTitle)} />
      <Panel>
        <p>
          <strong>
            <Text>{user.email}</Text>
          </strong>
        </p>
        <p>{t(mailed ? words.linkMailed : words.linkNotMailed)}</p>
        <Code id="link" label={t(words.linkTitle)}>
          {link}
        </Code>
        <p class="muted">
          {t(words.linkUntil)} <Moment at={linkExpiresAt} />
        </p>
      </Panel>
      <p>
        <a class="button" href="/users">
          {t(words.back)}
        </a>
      </p>
    </>
  );
  return { title: t(words.linkTitle), body };
}

const idOf = (page: SignedIn) => ({ id: page.params.id ?? "" });
const read = (page: SignedIn) => page.read<User>("getUser", { params: idOf(page) });

/** Changes a user; what is refused is said on their page. */
async function change(page: SignedIn, body: object, values: UserValues | null, location: string): Promise<PageAnswer> {
  try {
    await page.call("patchUser", { params: idOf(page), body });
    return { location };
  } catch (error) {
    const problem = problemOfInput(error);
    return userPage(page, { user: await read(page), ...(values ? { values } : {}), problem });
  }
}

const lookPages: readonly Page[] = [
  {
    method: "GET",
    path: "/users",
    roles: ADMIN,
    async answer(page) {
      const cursor = page.query.get("cursor");
      const query = cursor === null ? { limit: "50" } : { limit: "50", cursor };
      const { items, next } = await page.read<{ items: User[]; next: string | null }>("listUsers", { query });
      return { title: page.t(words.title), body: <Users users={items} next={next} page={page} />, wide: true };
    },
  },
  {
    method: "GET",
    path: "/users/new",
    roles: ADMIN,
    async answer(page) {
      const { query } = page;
      const [customer, email] = [query.get("customer") ?? "", query.get("email") ?? ""];
      const role = customer === "" ? "operator" : "customer";
      return invitePage(page, { email, name: "", role, customer, language: "" });
    },
  },
  {
    method: "GET",
    path: "/users/:id",
    roles: ADMIN,
    async answer(page) {
      return userPage(page, { user: await read(page) });
    },
  },
];

const formPages: readonly Page[] = [
  {
    method: "POST",
    path: "/users",
    roles: ADMIN,
    async answer(page) {
      const values = postedUser(page.form);
      try {
        const made = await page.read<User & Link>("createUser", { body: { email: values.email, ...userBody(values) } });
        return linkPage(page, made, made);
      } catch (error) {
        return invitePage(page, values, problemOfInput(error));
      }
    },
    again: async (page) => invitePage(page, postedUser(page.form)),
  },
  {
    method: "POST",
    path: "/users/:id",
    roles: ADMIN,
    async answer(page) {
      const values = postedUser(page.form);
      const user = await read(page);
      if (isStale(page.form, stateOfUser(user))) return userPage(page, { user, values, isOvertaken: true });
      return change(page, userBody(values), values, withNotice("/users", "saved"));
    },
    again: async (page) => userPage(page, { user: await read(page), values: postedUser(page.form) }),
  },
  {
    method: "POST",
    path: "/users/:id/link",
    roles: ADMIN,
    async answer(page) {
      const user = await read(page);
      return linkPage(page, user, await page.read<Link>("linkUser", { params: idOf(page), body: {} }));
    },
  },
  {
    method: "POST",
    path: "/users/:id/disable",
    roles: ADMIN,
    answer: (page) => change(page, { disabled: true }, null, withNotice("/users", "userDisabled")),
  },
  {
    method: "POST",
    path: "/users/:id/enable",
    roles: ADMIN,
    answer: (page) => change(page, { disabled: false }, null, withNotice("/users", "saved")),
  },
  {
    method: "POST",
    path: "/users/:id/delete",
    roles: ADMIN,
    async answer(page) {
      try {
        await page.call("deleteUser", { params: idOf(page) });
        return { location: withNotice("/users", "deleted") };
      } catch (error) {
        const problem = problemOfInput(error);
        return userPage(page, { user: await read(page), problem });
      }
    },
  },
];

export const userPages: readonly Page[] = [...lookPages, ...formPages];
