import type { Answer } from "../../../api/operation.js";
import { Badge, DeliveryBadge, Moment, PageHead, Text } from "../../components/parts.js";
import { Pager, Table } from "../../components/table.js";
import { EVERYBODY, type Page, type SignedIn } from "../../page.js";
import { isolated } from "../../reading-direction.js";
import { Refusal } from "../../refusal.js";
import { common } from "../../words/common.js";
import { deliveries as words } from "../../words/deliveries.js";
import { addressOf, askedOf, type Filter, filterOf, orderAddress } from "./filter.js";
import { endpointChoices, FilterForm } from "./filter-form.js";
import { type Delivery, Done, type Listed, orProblem, SearchedTo, Tabs, transportName, Why } from "./shared.js";

const PAGE = "50";
const VERBS = ["retry", "replay", "cancel"] as const;

/** What who is signed in may do with many. */
const verbsFor = (page: SignedIn) => VERBS.filter((verb) => page.may(`${verb}Deliveries`));

function Rows({ listed, page }: { readonly listed: Listed<Delivery>; readonly page: SignedIn }) {
  const { t, role } = page;
  const isCustomer = role === "customer";
  const isPicked = verbsFor(page).length > 0;
  return (
    <Table<Delivery>
      caption={t(words.title)}
      rows={listed.items}
      rowKey={({ id }) => id}
      empty={listed.searchedTo === undefined ? t(words.none) : t(words.noneYet)}
      columns={[
        ...(isPicked
          ? [
              {
                label: t(words.pick),
                cell: ({ id, order }: Delivery) => (
                  <input
                    type="checkbox"
                    name="ids"
                    value={id}
                    aria-label={`${t(words.pick)}: ${isolated(order)}, ${id}`}
                  />
                ),
              },
            ]
          : []),
        {
          label: isCustomer ? t(common.order) : t(words.orderAndCustomer),
          cell: ({ order, customer }) => (
            <>
              <a class="name" href={orderAddress(customer, order)}>
                <Text>{order}</Text>
              </a>{" "}
              {!isCustomer && (
                <span class="under">
                  <Text>{customer}</Text>
                </span>
              )}
            </>
          ),
        },
        {
          label: t(common.status),
          cell: ({ event }) => (
            <>
              <Badge tone="plain">{event.status}</Badge>{" "}
              <span class="under small">
                <Text>{event.statusCode}</Text>
              </span>
            </>
          ),
        },
        {
          label: t(common.endpoint),
          cell: ({ endpointId, endpointName, transport }) => (
            <>
              <Text>{endpointName || endpointId}</Text>{" "}
              <span class="muted small under">{transportName(transport)}</span>
            </>
          ),
        },
        {
          label: t(common.state),
          cell: ({ state, attempts }) => (
            <>
              <DeliveryBadge state={state} />{" "}
              <span class="muted small under">
                {t(words.attempts)}: {page.format.number(attempts)}
              </span>
            </>
          ),
        },
        { label: t(words.why), cell: (delivery) => <Why delivery={delivery} /> },
        {
          label: t(common.time),
          cell: (delivery) => (
            <a href={`/deliveries/${delivery.id}`}>
              {delivery.state === "pending" ? <Moment at={delivery.createdAt} /> : <Done delivery={delivery} />}
            </a>
          ),
        },
      ]}
    />
  );
}

function Actions({ filter, page }: { readonly filter: Filter; readonly page: SignedIn }) {
  const { t } = page;
  const verbs = verbsFor(page);
  if (verbs.length === 0) return null;
  return (
    <div class="buttons at-hand">
      <span class="muted">{t(words.picked)}</span>
      {verbs.map((verb) => (
        <button key={verb} type="submit" name="verb" value={verb} class="button small" data-for-picks>
          {t(words[verb])}
        </button>
      ))}
      <span class="muted">{t(words.allThatFit)}</span>
      {verbs.map((verb) => (
        <a key={verb} class="button small" href={addressOf("/deliveries/bulk", filter, { verb })}>
          {t(words[verb])}…
        </a>
      ))}
    </div>
  );
}

function Found({ listed, filter, page }: FoundProps) {
  const { t } = page;
  return (
    <>
      <SearchedTo listed={listed} />
      <form method="get" action="/deliveries/bulk" data-picks="ids">
        <input type="hidden" name="picked" value="1" />
        {(Object.entries(filter) as [string, string][]).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <Rows listed={listed} page={page} />
        {listed.items.length > 0 && <Actions filter={filter} page={page} />}
      </form>
      <Pager next={listed.next} />
      {listed.items.length > 0 && (
        <p class="buttons">
          <span class="muted">{t(words.export)}</span>
          {(["csv", "xlsx"] as const).map((format) => (
            <a key={format} class="button small" href={addressOf("/deliveries/export", filter, { format })} download>
              {format.toUpperCase()}
            </a>
          ))}
        </p>
      )}
    </>
  );
}

interface FoundProps {
  readonly listed: Listed<Delivery>;
  readonly filter: Filter;
  readonly page: SignedIn;
}

async function answer(page: SignedIn) {
  const filter = filterOf(page.query);
  const cursor = page.query.get("cursor");
  const query = { ...askedOf(filter, page), limit: PAGE, ...(cursor ? { cursor } : {}) };
  const [listed, endpoints] = await Promise.all([
    orProblem(page.read<Listed<Delivery>>("listDeliveries", { query })),
    endpointChoices(page, filter),
  ]);
  const body = (
    <>
      <PageHead title={page.t(words.title)} />
      <Tabs current="list" filter={filter} />
      <FilterForm action="/deliveries" filter={filter} endpoints={endpoints} isCustomer={page.role === "customer"} />
      {"problem" in listed ? (
        <Refusal problem={listed.problem} />
      ) : (
        <Found listed={listed.value} filter={filter} page={page} />
      )}
    </>
  );
  const status = "problem" in listed ? listed.problem.status : 200;
  return { title: page.t(words.title), body, wide: true, status };
}

async function exported(page: SignedIn): Promise<{ file: Answer }> {
  const query = { ...askedOf(filterOf(page.query), page), format: page.query.get("format") ?? "csv" };
  return { file: await page.call("exportDeliveries", { query }) };
}

export const listPages: readonly Page[] = [
  { method: "GET", path: "/deliveries", roles: EVERYBODY, answer },
  { method: "GET", path: "/deliveries/export", roles: EVERYBODY, answer: exported },
];
