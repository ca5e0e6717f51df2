import { TextField } from "../components/form.js";
import { PageHead, StatusBadge, Text } from "../components/parts.js";
import { Table } from "../components/table.js";
import { type Page, type SignedIn, STAFF } from "../page.js";
import { LANGUAGES } from "../word.js";
import { common, languageNames } from "../words/common.js";
import { statusWords } from "../words/statuses.js";
import { codeAddress, type Row, readCatalogue, searched } from "./catalogue.js";

type Placed = Row & { readonly place: string };

interface StatusesProps {
  readonly rows: readonly Row[];
  readonly find: string;
  readonly page: SignedIn;
}

function Search({ find, page: { t } }: Pick<StatusesProps, "find" | "page">) {
  return (
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
  );
}

/** Says that nothing was found, and offers to add it. */
function Nothing({ find, page: { t, may } }: Pick<StatusesProps, "find" | "page">) {
  return (
    <>
      {t(statusWords.none)}{" "}
      {find !== "" && may("putStatus") && (
        <a href={codeAddress(find)}>
          {t(statusWords.add)} <Text>{find}</Text>
        </a>
      )}
    </>
  );
}

function Statuses({ rows, find, page }: StatusesProps) {
  const { t, may, language: own } = page;
  const languages = [own, ...LANGUAGES.filter((language) => language !== own)];
  return (
    <>
      <PageHead title={t(statusWords.title)}>
        {may("putStatus") && (
          <a class="button primary" href="/statuses/edit">
            {t(statusWords.new)}
          </a>
        )}
      </PageHead>
      <p class="muted">{t(statusWords.intro)}</p>
      <Search find={find} page={page} />
      <Table<Placed>
        caption={t(statusWords.title)}
        rows={rows.map((row, place) => ({ ...row, place: String(place) }))}
        rowKey={({ place }) => place}
        empty={<Nothing find={find} page={page} />}
        columns={[
          {
            label: t(statusWords.code),
            cell: ({ code }) => (may("putStatus") ? <CodeLink code={code} /> : <code>{code}</code>),
          },
          { label: t(common.status), cell: ({ status }) => <StatusBadge status={status} /> },
          ...languages.map((language) => ({
            label: t(languageNames[language]),
            cell: ({ descriptions }: Row) => <Text>{descriptions[language] ?? ""}</Text>,
          })),
        ]}
      />
    </>
  );
}

const CodeLink = ({ code }: { readonly code: string }) => (
  <a href={codeAddress(code)}>
    <code>{code}</code>
  </a>
);

/** The catalogue, to read and to search in the reader's language. */
export const statusPages: readonly Page[] = [
  {
    method: "GET",
    path: "/statuses",
    roles: STAFF,
    async answer(page) {
      const find = (page.query.get("q") ?? "").trim();
      const rows = searched(await readCatalogue(page), find, page.language);
      return { title: page.t(statusWords.title), body: <Statuses rows={rows} find={find} page={page} />, wide: true };
    },
  },
];
