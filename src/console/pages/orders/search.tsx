import { TextField } from "../../components/form.js";
import { Badge, Moment, PageHead, Text } from "../../components/parts.js";
import { Pager, Table } from "../../components/table.js";
import { EVERYBODY, type Page, type SignedIn } from "../../page.js";
import { Refusal } from "../../refusal.js";
import { common } from "../../words/common.js";
import { deliveries as searched } from "../../words/deliveries.js";
import { orders as words } from "../../words/orders.js";
import type { StatusEvent } from "../deliveries/event-facts.js";
import { orderAddress } from "../deliveries/filter.js";
import { type Delivery, type Listed, orProblem, SearchedTo } from "../deliveries/shared.js";

/** Status changes or deliveries that are looked at for one page. */
const PAGE = "100";
const NAMES = ["order", "reference", "barcode", "customer"] as const;
type Lookup = Readonly<Partial<Record<(typeof NAMES)[number], string>>>;

/** An order, by the newest of what was found of it. */
interface Row {
  readonly customer: string;
  readonly order: string;
  readonly reference: string;
  readonly statusCode: string;
  readonly status: string;
  readonly at: string;
}

function lookupOf(query: URLSearchParams): Lookup {
  const given = NAMES.map((name) => [name, query.get(name)?.trim() ?? ""] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ""));
}

const rowOf = (
  { customer, order }: { readonly customer: string; readonly order: string },
  event: Pick<StatusEvent, "reference" | "statusCode" | "status" | "statusTime">,
): Row => ({
  customer,
  order,
  reference: event.reference,
  statusCode: event.statusCode,
  status: event.status,
  at: event.statusTime,
});

/** One row an order; the newest come first already. */
function ordersOf(rows: readonly Row[]): Row[] {
  const seen = new Map<string, Row>();
  for (const row of rows) {
    const key = `${row.customer}\n${row.order}`;
    if (!seen.has(key)) seen.set(key, row);
  }
  return [...seen.values()];
}

/** What is looked up is found among all status changes; without it, where something was sent. */
async function find(page: SignedIn, lookup: Lookup): Promise<Listed<Row>> {
  const cursor = page.query.get("cursor");
  const query = { ...lookup, limit: PAGE, ...(cursor ? { cursor } : {}) };
  const { customer: _customer, ...looked } = lookup;
  if (Object.keys(looked).length > 0) {
    const { items, ...rest } = await page.read<Listed<StatusEvent>>("listEvents", { query });
    return { ...rest, items: ordersOf(items.map((event) => rowOf(event, event))) };
  }
  const { items, ...rest } = await page.read<Listed<Delivery>>("listDeliveries", { query });
  return { ...rest, items: ordersOf(items.map((delivery) => rowOf(delivery, delivery.event))) };
}

function Search({ lookup, page: { t, role } }: { readonly lookup: Lookup; readonly page: SignedIn }) {
  return (
    <search>
      <form class="filters" method="get" aria-label={t(words.find)}>
        <TextField
          name="order"
          label={t(searched.orderNumber)}
          type="search"
          value={lookup.order}
          maxLength={200}
          isSearch
        />
        <TextField name="reference" label={t(searched.reference)} value={lookup.reference} maxLength={500} />
        <TextField name="barcode" label={t(searched.barcode)} value={lookup.barcode} maxLength={200} />
        {role !== "customer" && (
          <TextField name="customer" label={t(common.customer)} value={lookup.customer} maxLength={100} />
        )}
        <div class="buttons">
          <button type="submit" class="button primary">
            {t(common.search)}
          </button>
          <a class="button quiet" href="/orders">
            {t(common.clear)}
          </a>
        </div>
      </form>
    </search>
  );
}

function Found({ listed, isSearch, page }: FoundProps) {
  const { t, role } = page;
  return (
    <>
      <SearchedTo listed={listed} />
      <Table<Row>
        caption={t(isSearch ? words.found : words.newest)}
        showCaption
        rows={listed.items}
        rowKey={({ customer, order }) => `${customer} ${order}`}
        empty={t(isSearch ? words.none : common.nothing)}
        columns={[
          {
            label: t(common.order),
            cell: ({ customer, order }) => (
              <a href={orderAddress(customer, order)}>
                <Text>{order}</Text>
              </a>
            ),
          },
          ...(role === "customer"
            ? []
            : [{ label: t(common.customer), cell: ({ customer }: Row) => <Text>{customer}</Text> }]),
          { label: t(searched.reference), cell: ({ reference }) => <Text>{reference || "–"}</Text> },
          {
            label: t(words.lastStatus),
            cell: ({ status, statusCode }) => (
              <>
                <Badge tone="plain">{status}</Badge> <Text>{statusCode}</Text>
              </>
            ),
          },
          { label: t(common.time), cell: ({ at }) => <Moment at={at} /> },
        ]}
      />
      <Pager next={listed.next} />
    </>
  );
}

interface FoundProps {
  readonly listed: Listed<Row>;
  readonly isSearch: boolean;
  readonly page: SignedIn;
}

async function answer(page: SignedIn) {
  const lookup = lookupOf(page.query);
  const found = await orProblem(find(page, lookup));
  const isSearch = Object.keys(lookup).length > 0;
  const body = (
    <>
      <PageHead title={page.t(words.title)} />
      <Search lookup={lookup} page={page} />
      {"problem" in found ? (
        <Refusal problem={found.problem} />
      ) : (
        <Found listed={found.value} isSearch={isSearch} page={page} />
      )}
    </>
  );
  return { title: page.t(words.title), body, status: "problem" in found ? found.problem.status : 200 };
}

export const searchPages: readonly Page[] = [{ method: "GET", path: "/orders", roles: EVERYBODY, answer }];
