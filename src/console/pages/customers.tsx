import { ActionButton, TextField } from "../components/form.js";
import { EndpointBadge, Facts, PageHead, Panel, Text } from "../components/parts.js";
import { Pager, Table } from "../components/table.js";
import { type Page, type SignedIn, STAFF } from "../page.js";
import { isolated } from "../reading-direction.js";
import { common, languageNames } from "../words/common.js";
import { customers as words } from "../words/customers.js";
import { endpointFiles as fileWords } from "../words/endpoint-files.js";
import { endpoints as endpointWords } from "../words/endpoints.js";
import { withNotice } from "../words/notices.js";
import { at, type Customer, formAnswer, saved, typedAgain } from "./customer-form.js";
import { transportName } from "./deliveries/shared.js";
import { type Kinds, readKinds, templateLabel } from "./endpoints/setting.js";

interface EndpointRow {
  readonly id: string;
  readonly name: string;
  readonly state: "active" | "paused" | "disabled";
  readonly held?: { readonly reason: string } | null;
  readonly transport: { readonly type: string };
  readonly template: { readonly name: string };
}

/** The ways to a customer's endpoints as a file. */
function FileLinks({ customer, page: { t, may } }: { readonly customer: string; readonly page: SignedIn }) {
  return (
    <>
      <a class="button" href={at(customer, "/endpoints.yaml")} download>
        {t(fileWords.export)}
      </a>
      {(may("createEndpoint") || may("patchEndpoint")) && (
        <a class="button" href={at(customer, "/endpoints/import")}>
          {t(fileWords.import)}
        </a>
      )}
    </>
  );
}

/** A customer's endpoints, as staff and the customer see them. */
function Endpoints({ rows, kinds, page: { t } }: Omit<ViewProps, "customer">) {
  return (
    <Table
      caption={t(endpointWords.title)}
      rows={rows}
      rowKey={({ id }) => id}
      empty={t(endpointWords.none)}
      columns={[
        {
          label: t(common.name),
          cell: ({ id, name }) => (
            <a href={`/endpoints/${id}`}>
              <Text>{name}</Text>
            </a>
          ),
        },
        { label: t(endpointWords.transport), cell: ({ transport }) => transportName(transport.type) },
        { label: t(endpointWords.template), cell: ({ template }) => templateLabel(kinds, template.name, t) },
        {
          label: t(common.state),
          cell: ({ state, held }) => (
            <>
              <EndpointBadge state={state} /> {held && <Text>{held.reason}</Text>}
            </>
          ),
        },
      ]}
    />
  );
}

function List({ items, next, page }: { items: readonly Customer[]; next: string | null; page: SignedIn }) {
  const { t, may } = page;
  return (
    <>
      <PageHead title={t(words.title)}>
        {may("putCustomer") && (
          <a class="button primary" href="/customers/new">
            {t(words.new)}
          </a>
        )}
      </PageHead>
      <search>
        <form class="filters" method="get">
          <TextField name="q" label={t(words.find)} type="search" value={page.query.get("q") ?? ""} isSearch />
          <div class="buttons">
            <button type="submit" class="button primary">
              {t(common.search)}
            </button>
          </div>
        </form>
      </search>
      <Table
        caption={t(words.title)}
        rows={items}
        rowKey={({ id }) => id}
        empty={t(words.none)}
        columns={[
          { label: t(words.id), cell: ({ id }) => <a href={at(id)}>{id}</a> },
          { label: t(words.name), cell: ({ name }) => <Text>{name}</Text> },
          { label: t(words.language), cell: ({ language }) => t(languageNames[language]) },
          { label: t(words.timeZone), cell: ({ timeZone }) => timeZone ?? t(words.asService) },
        ]}
      />
      <Pager next={next} />
    </>
  );
}

interface ViewProps {
  readonly customer: Customer;
  readonly rows: readonly EndpointRow[];
  readonly kinds: Kinds;
  readonly page: SignedIn;
}

function View({ customer, rows, kinds, page }: ViewProps) {
  const { t, may } = page;
  const { id, name, emails, language, timeZone } = customer;
  return (
    <>
      <PageHead title={<Text>{name === "" ? id : name}</Text>}>
        {may("createEndpoint") && (
          <a class="button primary" href={at(id, "/endpoints/new")}>
            {t(endpointWords.new)}
          </a>
        )}
        {may("putCustomer") && (
          <a class="button" href={at(id, "/edit")}>
            {t(common.edit)}
          </a>
        )}
        <FileLinks customer={id} page={page} />
      </PageHead>
      <Endpoints rows={rows} kinds={kinds} page={page} />
      <Panel title={t(words.settings)}>
        <Facts
          facts={[
            [t(words.id), <code key="id">{id}</code>],
            [
              t(words.emails),
              emails.length === 0 ? t(common.none) : <Text key="mail">{emails.map(isolated).join(", ")}</Text>,
            ],
            [t(words.language), t(languageNames[language])],
            [t(words.timeZone), timeZone ?? t(words.asService)],
          ]}
        />
        <div class="buttons">
          <a class="button small" href={`/deliveries?customer=${encodeURIComponent(id)}`}>
            {t(words.deliveries)}
          </a>
          <a class="button small" href={`/orders?customer=${encodeURIComponent(id)}`}>
            {t(words.orders)}
          </a>
          {may("deleteCustomer") && (
            <ActionButton action={at(id, "/delete")} class="button small danger" confirm={t(words.deleteConfirm)}>
              {t(common.delete)}
            </ActionButton>
          )}
        </div>
      </Panel>
    </>
  );
}

async function customerOf(page: SignedIn): Promise<Customer> {
  return page.read<Customer>("getCustomer", { params: { customer: page.params.customer ?? "" } });
}

const newId = ({ form }: SignedIn): string => (form.get("id") ?? "").trim();

const OPERATORS = ["admin", "operator"] as const;

/** The customers. */
export const customerPages: readonly Page[] = [
  {
    method: "GET",
    path: "/customers",
    roles: STAFF,
    async answer(page) {
      const query: Record<string, string> = {};
      for (const [from, name] of [
        ["cursor", "cursor"],
        ["q", "search"],
      ] as const) {
        const value = (page.query.get(from) ?? "").trim();
        if (value !== "") query[name] = value;
      }
      const { items, next } = await page.read<{ items: Customer[]; next: string | null }>("listCustomers", { query });
      return { title: page.t(words.title), body: <List items={items} next={next} page={page} /> };
    },
  },
  {
    method: "GET",
    path: "/customers/new",
    roles: OPERATORS,
    answer: async (page) => formAnswer({ id: null, customer: {}, problem: null, page }),
  },
  {
    method: "POST",
    path: "/customers/new",
    roles: OPERATORS,
    answer: async (page) => saved(page, newId(page), null),
    again: async (page) => formAnswer(typedAgain(page, newId(page), null)),
  },
  {
    method: "GET",
    path: "/customers/:customer",
    roles: STAFF,
    async answer(page) {
      const customer = await customerOf(page);
      const params = { customer: customer.id };
      const { items } = await page.read<{ items: EndpointRow[] }>("listEndpoints", { params, query: { limit: "500" } });
      return {
        title: customer.name || customer.id,
        body: <View customer={customer} rows={items} kinds={await readKinds(page)} page={page} />,
      };
    },
  },
  {
    method: "GET",
    path: "/customers/:customer/edit",
    roles: OPERATORS,
    async answer(page) {
      const customer = await customerOf(page);
      return formAnswer({ id: customer.id, customer, held: customer, problem: null, page });
    },
  },
  {
    method: "POST",
    path: "/customers/:customer/edit",
    roles: OPERATORS,
    async answer(page) {
      const customer = await customerOf(page);
      return saved(page, customer.id, customer);
    },
    async again(page) {
      const customer = await customerOf(page);
      return formAnswer(typedAgain(page, customer.id, customer));
    },
  },
  {
    method: "POST",
    path: "/customers/:customer/delete",
    roles: OPERATORS,
    async answer(page) {
      await page.call("deleteCustomer", { params: { customer: page.params.customer ?? "" } });
      return { location: withNotice("/customers", "deleted") };
    },
  },
  {
    method: "GET",
    path: "/endpoints",
    roles: ["customer"],
    async answer(page) {
      const params = { customer: page.session.principal.customer ?? "" };
      const { items } = await page.read<{ items: EndpointRow[] }>("listEndpoints", { params, query: { limit: "500" } });
      const title = page.t(endpointWords.title);
      return {
        title,
        body: (
          <>
            <PageHead title={title}>
              {page.may("createEndpoint") && (
                <a class="button primary" href={at(params.customer, "/endpoints/new")}>
                  {page.t(endpointWords.new)}
                </a>
              )}
              <FileLinks customer={params.customer} page={page} />
            </PageHead>
            <Endpoints rows={items} kinds={await readKinds(page)} page={page} />
          </>
        ),
      };
    },
  },
];
