import { DELIVERY_STATES } from "../../../schemas/delivery.js";
import { Badge, DeliveryBadge, Moment, PageHead, Panel, Text, TimesIn } from "../../components/parts.js";
import { Table } from "../../components/table.js";
import { usePage } from "../../components/use-page.js";
import { EVERYBODY, type Page, type SignedIn } from "../../page.js";
import { isolated } from "../../reading-direction.js";
import { common } from "../../words/common.js";
import { deliveries as searched } from "../../words/deliveries.js";
import { orders as words } from "../../words/orders.js";
import { descriptionOf } from "../deliveries/event-facts.js";
import { addressOf, inPath, orderAddress } from "../deliveries/filter.js";
import { type Delivery, Done, transportName, Why } from "../deliveries/shared.js";
import { OrderDetails } from "./details.js";
import { MOST, readStory, type Story, type Told } from "./read.js";

/** How many deliveries are in which state. */
function Summary({ story }: { readonly story: Story }) {
  const { t, format } = usePage();
  const counts = DELIVERY_STATES.map((state) => ({
    state,
    count: story.deliveries.filter((delivery) => delivery.state === state).length,
  })).filter(({ count }) => count > 0);
  if (counts.length === 0) return null;
  return (
    <ul class="figures" aria-label={t(words.summary)}>
      {counts.map(({ state, count }) => (
        <li key={state} class="figure">
          <strong>{format.number(count)}</strong>
          <DeliveryBadge state={state} />
        </li>
      ))}
    </ul>
  );
}

/** One row a delivery: who, how, when, and why not. */
function ToldTable({ deliveries, timeZone, caption, withStatus }: ToldTableProps) {
  const { t } = usePage();
  return (
    <Table<Delivery>
      caption={caption}
      rows={deliveries}
      rowKey={({ id }) => id}
      columns={[
        {
          label: t(words.to),
          cell: ({ endpointName, endpointId, transport }) => (
            <>
              <Text>{endpointName || endpointId}</Text> <span class="under">{transportName(transport)}</span>
            </>
          ),
        },
        ...(withStatus
          ? [
              {
                label: t(common.status),
                cell: ({ event }: Delivery) => (
                  <>
                    <Badge tone="plain">{event.status}</Badge> <Text>{event.statusCode}</Text>
                  </>
                ),
              },
            ]
          : []),
        { label: t(common.state), cell: ({ state }) => <DeliveryBadge state={state} /> },
        {
          label: t(words.when),
          cell: (delivery) => (
            <a href={`/deliveries/${delivery.id}`}>
              <Done delivery={delivery} timeZone={timeZone} />
            </a>
          ),
        },
        { label: t(searched.why), cell: (delivery) => <Why delivery={delivery} /> },
      ]}
    />
  );
}

interface ToldTableProps {
  readonly deliveries: readonly Delivery[];
  readonly timeZone: string | null;
  readonly caption: string;
  /** Which status each is about, where the table does not stand below it. */
  readonly withStatus?: boolean;
}

const toneOf = (deliveries: readonly Delivery[]): string => {
  if (deliveries.some(({ state }) => state === "failed")) return "bad";
  if (deliveries.some(({ state }) => state === "pending" || state === "sending")) return "info";
  return deliveries.length > 0 ? "good" : "";
};

function Status({ told: { event, deliveries }, timeZone }: { readonly told: Told; readonly timeZone: string | null }) {
  const { t, language } = usePage();
  const description = descriptionOf(event, language);
  return (
    <li class={toneOf(deliveries)}>
      <h3>
        <Moment at={event.statusTime} timeZone={timeZone} /> <Badge tone="plain">{event.status}</Badge>{" "}
        <Text>{description || event.statusCode}</Text>
      </h3>
      <p class="muted small">
        <Text>{event.statusCode}</Text>
        {event.barcode !== "" && (
          <>
            {" "}
            · {t(searched.barcode)} <Text>{event.barcode}</Text>
          </>
        )}
        {event.container !== "" && (
          <>
            {" "}
            · {t(searched.container)} <Text>{event.container}</Text>
          </>
        )}
      </p>
      {event.comment !== "" && (
        <p class="small">
          <Text>{event.comment.slice(0, 1000)}</Text>
        </p>
      )}
      {deliveries.length === 0 ? (
        <p class="muted">{t(words.nobody)}</p>
      ) : (
        <ToldTable
          deliveries={deliveries}
          timeZone={timeZone}
          caption={`${t(words.told)}: ${isolated(event.statusCode)}`}
        />
      )}
    </li>
  );
}

function NotArrived({ story, page }: { readonly story: Story; readonly page: SignedIn }) {
  const { t } = page;
  const { customer, order, timeZone } = story;
  const missing = story.deliveries.filter(({ state }) => state !== "delivered");
  const filter = { customer, order, state: "failed" };
  if (story.deliveries.length === 0) return null;
  return (
    <Panel
      title={t(words.notArrived)}
      actions={
        page.may("retryDeliveries") && missing.some(({ state }) => state === "failed") ? (
          <a class="button small" href={addressOf("/deliveries/bulk", filter, { verb: "retry" })}>
            {t(words.retryFailed)}…
          </a>
        ) : undefined
      }
    >
      {missing.length === 0 ? (
        <p>{t(words.allArrived)}</p>
      ) : (
        <ToldTable deliveries={missing} timeZone={timeZone} caption={t(words.notArrived)} withStatus />
      )}
    </Panel>
  );
}

function About({ story: { record } }: { readonly story: Story }) {
  const { t } = usePage();
  if (!record) return null;
  return (
    <Panel title={t(words.details)}>
      <OrderDetails record={record} />
      {record.callbackUrls.length > 0 && (
        <>
          <h3>{t(words.callbackUrls)}</h3>
          <ul>
            {record.callbackUrls.map((url) => (
              <li key={url}>
                <Text>{url}</Text>
              </li>
            ))}
          </ul>
        </>
      )}
      {record.endpoints.length > 0 && (
        <>
          <h3>{t(words.ownEndpoints)}</h3>
          <ul>
            {record.endpoints.map(({ id, name, transport }) => (
              <li key={id}>
                <a href={`/endpoints/${id}`}>
                  <Text>{name}</Text>
                </a>{" "}
                <span class="muted small">{transportName(transport.type)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

async function answer(page: SignedIn) {
  const { t } = page;
  const story = await readStory(page);
  const { customer, order, told, timeZone } = story;
  const title = t(words.order)(order);
  const body = (
    <>
      <PageHead title={<Text>{title}</Text>}>
        <a class="button" href={addressOf("/deliveries", { customer, order })}>
          {t(words.deliveries)}
        </a>
        <a class="button primary" href={`${orderAddress(customer, order)}/proof`}>
          {t(words.proof)}
        </a>
      </PageHead>
      {page.role !== "customer" && (
        <p class="muted">
          {t(common.customer)}:{" "}
          <a href={`/customers/${inPath(customer)}`}>
            <Text>{customer}</Text>
          </a>
        </p>
      )}
      <TimesIn timeZone={timeZone} />
      <Summary story={story} />
      <NotArrived story={story} page={page} />
      <Panel title={t(words.story)}>
        {story.isCut && <p class="notice">{t(words.cut)(page.format.number(MOST))}</p>}
        {told.length === 0 ? (
          <p class="muted">{t(words.noStatuses)}</p>
        ) : (
          <ol class="timeline">
            {told.map((each) => (
              <Status key={each.event.id} told={each} timeZone={timeZone} />
            ))}
          </ol>
        )}
      </Panel>
      <About story={story} />
    </>
  );
  return { title, body };
}

export const storyPages: readonly Page[] = [
  { method: "GET", path: "/customers/:customer/orders/:order", roles: EVERYBODY, answer },
];
