import type { Static } from "typebox";
import type { StatusRowAnswer } from "../../schemas/status.js";
import { TextField } from "../components/form.js";
import { Badge, PageHead, Text } from "../components/parts.js";
import { Table } from "../components/table.js";
import { type Page, type SignedIn, STAFF } from "../page.js";
import { LANGUAGES } from "../word.js";
import { common, languageNames } from "../words/common.js";
import { statusWords } from "../words/statuses.js";

type Row = Static<typeof StatusRowAnswer>;
type Placed = Row & { readonly place: string };
const PAGE = "500";

async function all(page: SignedIn): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = { limit: PAGE, ...(cursor === null ? {} : { cursor }) };
    const { items, next } = await page.read<{ items: Row[]; next: string | null }>("listStatuses", { query });
    rows.push(...items);
    cursor = next;
  } while (cursor !== null);
  return rows;
}

const fits = ({ code, status, descriptions }: Row, text: string) =>
  [code, status, ...Object.values(descriptions)].some((value) => value.toLowerCase().includes(text));

function Statuses({
  rows,
  find,
  page,
}: {
  readonly rows: readonly Row[];
  readonly find: string;
  readonly page: SignedIn;
}) {
  const { t } = page;
  return (
    <>
      <PageHead title={t(statusWords.title)} />
      <p class="muted">{t(statusWords.intro)}</p>
      <search>
        <form class="filters" method="get">
          <TextField name="q" label={t(statusWords.find)} type="search" value={find} isSearch />
          <div class="buttons">
            <button type="submit" class="button primary">
              {t(common.search)}
            </button>
          </div>
        </form>
      </search>
      <Table<Placed>
        caption={t(statusWords.title)}
        rows={rows.map((row, place) => ({ ...row, place: String(place) }))}
        rowKey={({ place }) => place}
        columns={[
          { label: t(statusWords.code), cell: ({ code }) => <code>{code}</code> },
          { label: t(common.status), cell: ({ status }) => <Badge tone="plain">{status}</Badge> },
          ...LANGUAGES.map((language) => ({
            label: t(languageNames[language]),
            cell: ({ descriptions }: Row) => <Text>{descriptions[language] ?? ""}</Text>,
          })),
        ]}
      />
    </>
  );
}

export const statusPages: readonly Page[] = [
  {
    method: "GET",
    path: "/statuses",
    roles: STAFF,
    async answer(page) {
      const find = (page.query.get("q") ?? "").trim();
      const rows = (await all(page)).filter((row) => fits(row, find.toLowerCase()));
      return { title: page.t(statusWords.title), body: <Statuses rows={rows} find={find} page={page} />, wide: true };
    },
  },
];
