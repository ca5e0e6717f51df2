import type { Static } from "typebox";
import type { AuditAnswer } from "../../../schemas/access.js";
import { TextField } from "../../components/form.js";
import { Moment, PageHead, Text } from "../../components/parts.js";
import { Pager, Table } from "../../components/table.js";
import type { Page, SignedIn } from "../../page.js";
import { fieldsWord, auditWords as words } from "../../words/audit.js";
import { common } from "../../words/common.js";
import { roleNames } from "../../words/users.js";
import { type Difference, differencesOf } from "./differences.js";

type Entry = Static<typeof AuditAnswer>;

const FILTERS = ["customer", "subject", "from", "to"] as const;

function Value({ children }: { readonly children: string | null }) {
  return children === null ? (
    <>–</>
  ) : (
    <code>
      <Text>{children}</Text>
    </code>
  );
}

function Change({ entry, page: { t, format } }: { readonly entry: Entry; readonly page: SignedIn }) {
  const { fields, isCut } = differencesOf(entry.before, entry.after);
  if (fields.length === 0) return <span class="muted">{t(words.same)}</span>;
  return (
    <details>
      <summary>{t(fieldsWord)(`${format.number(fields.length)}${isCut ? "+" : ""}`, fields.length === 1)}</summary>
      <Table<Difference>
        caption={`${t(words.change)} ${entry.id}`}
        rows={fields}
        rowKey={({ path }) => path}
        columns={[
          { label: t(words.field), cell: ({ path }) => <Value>{path === "" ? "–" : path}</Value> },
          { label: t(words.before), cell: ({ before }) => <Value>{before}</Value> },
          { label: t(words.after), cell: ({ after }) => <Value>{after}</Value> },
        ]}
      />
      {isCut && <p class="muted">{t(words.more)}</p>}
    </details>
  );
}

function Filters({ page }: { readonly page: SignedIn }) {
  const { t, query } = page;
  const of = (name: string) => query.get(name) ?? "";
  return (
    <search>
      <form class="filters" method="get">
        <TextField name="customer" label={t(common.customer)} value={of("customer")} maxLength={100} />
        <TextField name="subject" label={t(words.subject)} value={of("subject")} maxLength={200} isSearch />
        <TextField name="from" type="date" label={t(common.from)} value={of("from")} />
        <TextField name="to" type="date" label={t(common.to)} value={of("to")} />
        <div class="buttons">
          <button type="submit" class="button primary">
            {t(common.search)}
          </button>
          <a class="button quiet" href="/audit">
            {t(common.clear)}
          </a>
        </div>
      </form>
    </search>
  );
}

function Entries({
  entries,
  next,
  page,
}: {
  readonly entries: readonly Entry[];
  readonly next: string | null;
  readonly page: SignedIn;
}) {
  const { t } = page;
  const about = (name: "customer" | "subject", value: string) => (
    <a href={`/audit?${new URLSearchParams({ [name]: value })}`}>
      <Text>{value}</Text>
    </a>
  );
  return (
    <>
      <PageHead title={t(words.title)} />
      <p class="muted">
        {t(words.intro)} {t(words.subjectHelp)}
      </p>
      <Filters page={page} />
      <Table<Entry>
        caption={t(words.title)}
        rows={entries}
        rowKey={({ id }) => id}
        columns={[
          { label: t(common.time), cell: ({ at }) => <Moment at={at} /> },
          {
            label: t(words.who),
            cell: ({ key, address }) => (
              <>
                <Text>{key.name}</Text>{" "}
                <span class="muted small">
                  {t(roleNames[key.role])}, <Text>{address}</Text>
                </span>
              </>
            ),
          },
          { label: t(words.what), cell: ({ operation }) => <code>{operation}</code> },
          {
            label: t(common.customer),
            cell: ({ customer }) => (customer === null ? "–" : about("customer", customer)),
          },
          { label: t(words.subject), cell: ({ subject }) => about("subject", subject) },
          { label: t(words.change), cell: (entry) => <Change entry={entry} page={page} /> },
        ]}
      />
      <Pager next={next} />
    </>
  );
}

/** What was asked, without the empty fields of the form. */
function queryOf({ query }: SignedIn): Record<string, string> {
  const asked: Record<string, string> = { limit: "50" };
  for (const name of [...FILTERS, "cursor"]) {
    const value = (query.get(name) ?? "").trim();
    if (value !== "") asked[name] = value;
  }
  // A day that is chosen as the last belongs to it.
  const [to] = [asked.to];
  if (to !== undefined && /^\d{4}-\d\d-\d\d$/.test(to)) {
    const end = Date.parse(`${to}T00:00:00Z`) + 86_400_000;
    if (Number.isFinite(end)) asked.to = new Date(end).toISOString();
  }
  return asked;
}

export const auditPages: readonly Page[] = [
  {
    method: "GET",
    path: "/audit",
    roles: ["admin", "auditor"],
    async answer(page) {
      const query = queryOf(page);
      const { items, next } = await page.read<{ items: Entry[]; next: string | null }>("listAudit", { query });
      return { title: page.t(words.title), body: <Entries entries={items} next={next} page={page} />, wide: true };
    },
  },
];
