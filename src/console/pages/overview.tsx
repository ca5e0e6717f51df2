import type { VNode } from "preact";
import { PageHead, Panel, Text } from "../components/parts.js";
import { usePage } from "../components/use-page.js";
import { EVERYBODY, type Page, type SignedIn } from "../page.js";
import { renderPart } from "../render.js";
import { END_EVENT, type Parts } from "../streams.js";
import { firstSteps, overviewWords } from "../words/overview.js";
import { addressOf } from "./deliveries/filter.js";
import {
  Days,
  DaysTable,
  Figures,
  Minutes,
  MinutesTable,
  type Overview,
  Summary,
  TroubleTable,
} from "./overview-parts.js";

/** Endpoints in trouble at a glance; the others are a page further. */
const SHOWN = "20";

/** What changes while somebody looks, by the names of its events. */
const PARTS = {
  summary: (overview) => <Summary overview={overview} />,
  figures: (overview) => <Figures overview={overview} />,
  trouble: (overview, { role }) => <TroubleTable overview={overview} isStaff={role !== "customer"} />,
  minutes: (overview) => <Minutes overview={overview} />,
  "minutes-table": (overview) => <MinutesTable overview={overview} />,
  days: (overview) => <Days overview={overview} />,
  "days-table": (overview) => <DaysTable overview={overview} />,
} satisfies Readonly<Record<string, (overview: Overview, page: SignedIn) => VNode>>;
type PartName = keyof typeof PARTS;

/** Many look at the same in the same language: each part is made once, and only if somebody needs it. */
const made = new WeakMap<Overview, Map<string, string>>();

function rendered(overview: Overview, page: SignedIn, names: readonly PartName[]): Parts {
  const known = made.get(overview) ?? new Map<string, string>();
  made.set(overview, known);
  const parts: Record<string, string> = {};
  for (const name of names) {
    const key = `${name} ${page.language} ${page.format.timeZone} ${page.role}`;
    const part = known.get(key) ?? renderPart(page, PARTS[name](overview, page));
    known.set(key, part);
    parts[name] = part;
  }
  return parts;
}

/** What is worth to be seen at once, and what changes little within a minute or stands behind a click. */
const FAST = ["summary", "figures", "trouble", "minutes"] as const;
const SLOW = ["minutes-table", "days", "days-table"] as const;

/** What makes the parts for one reader, again and again. */
function follow(page: SignedIn): () => Promise<Parts> {
  let slow: Parts = {};
  let minute = "";
  return async () => {
    const overview = await read(page);
    const now = overview.at.slice(0, "2026-01-02T03:04".length);
    if (now !== minute) slow = rendered(overview, page, SLOW);
    minute = now;
    return { ...rendered(overview, page, FAST), ...slow };
  };
}

/** Whose overview is asked for: staff may name a customer. */
function scopeOf({ query, role }: SignedIn): Record<string, string> {
  const customer = query.get("customer") ?? "";
  return role === "customer" || customer === "" ? {} : { customer };
}

const read = (page: SignedIn, more: Record<string, string> = {}): Promise<Overview> =>
  page.read<Overview>("getOverview", { query: { limit: SHOWN, ...scopeOf(page), ...more } });

interface LiveProps {
  readonly name: PartName;
  readonly overview: Overview;
  readonly page: SignedIn;
}

/** A part that is exchanged whenever it has changed. */
function Live({ name, overview, page }: LiveProps) {
  return <div sse-swap={name}>{PARTS[name](overview, page)}</div>;
}

interface ChartProps extends Omit<LiveProps, "name"> {
  readonly title: string;
  readonly name: "minutes" | "days";
  readonly note?: string;
}

function Chart({ title, name, note, ...shown }: ChartProps) {
  const { t } = usePage();
  return (
    <Panel title={title}>
      <Live name={name} {...shown} />
      {/* Around what is live, so that it stays open. */}
      <details>
        <summary>{t(overviewWords.asTable)}</summary>
        {note !== undefined && <p class="muted small">{note}</p>}
        <Live name={`${name}-table`} {...shown} />
      </details>
    </Panel>
  );
}

/** What a customer was not told, to be read in by a program of theirs. */
function Undelivered({ customer }: { readonly customer: string | undefined }) {
  const { t } = usePage();
  const filter = { ...(customer === undefined ? {} : { customer }), state: "undelivered" };
  return (
    <>
      <a class="button" href={addressOf("/deliveries", filter)}>
        {t(overviewWords.undelivered)}
      </a>
      {(["csv", "xlsx"] as const).map((format) => (
        <a key={format} class="button" href={addressOf("/deliveries/export", filter, { format })} download>
          <span class="visually-hidden">{t(overviewWords.undelivered)}</span>{" "}
          {t(overviewWords.download)(format.toUpperCase())}
        </a>
      ))}
    </>
  );
}

/** Said by the script once what is shown changes no more, with the time since when. */
function NotLive() {
  const { t, format, request } = usePage();
  return (
    <div role="status" data-not-live data-time-zone={format.timeZone}>
      <p class="notice warn" hidden>
        {t(overviewWords.notLive)} <time /> – <a href={request.url}>{t(overviewWords.reload)}</a>
      </p>
    </div>
  );
}

interface OverviewPageProps {
  readonly overview: Overview;
  readonly page: SignedIn;
  /** Said above the figures while there is nothing to show in them. */
  readonly welcome: VNode | null;
}

function OverviewPage({ overview, page, welcome }: OverviewPageProps) {
  const { t, query } = page;
  const scope = scopeOf(page);
  const shown = { overview, page };
  const isFirst = !query.has("cursor");
  const address = `/live?${new URLSearchParams(scope).toString()}`.replace(/\?$/, "");
  const { customer } = scope;
  return (
    <>
      <PageHead
        title={customer === undefined ? t(overviewWords.title) : <Text>{t(overviewWords.ofCustomer)(customer)}</Text>}
      >
        {(customer !== undefined || page.role === "customer") && <Undelivered customer={customer} />}
        {customer !== undefined && (
          <a class="button" href="/">
            {t(overviewWords.ofAll)}
          </a>
        )}
      </PageHead>
      {welcome}
      <div hx-ext="sse" sse-connect={address} sse-close={END_EVENT}>
        <NotLive />
        <p class="visually-hidden" role="status" sse-swap="summary">
          <Summary overview={overview} />
        </p>
        <Live name="figures" {...shown} />
        <Panel title={t(overviewWords.trouble)} id="trouble">
          {/* A later page of it stands still: what is exchanged is the first. */}
          {isFirst ? <Live name="trouble" {...shown} /> : PARTS.trouble(overview, page)}
          {!isFirst && (
            <p>
              <a href={`/${customer === undefined ? "" : `?${new URLSearchParams(scope)}`}#trouble`}>
                {t(overviewWords.toTheFirst)}
              </a>
            </p>
          )}
        </Panel>
        <div class="panels">
          <Chart title={t(overviewWords.perMinute)} name="minutes" {...shown} />
          <Chart
            title={t(overviewWords.perDay)}
            name="days"
            note={t(overviewWords.days)(overview.timeZone)}
            {...shown}
          />
        </div>
      </div>
    </>
  );
}

function FirstSteps({ may }: { readonly may: SignedIn["may"] }) {
  const { t } = usePage();
  return (
    <Panel title={t(firstSteps.title)}>
      <p>{t(firstSteps.intro)}</p>
      <ol class="steps">
        <li>{t(firstSteps.customer)}</li>
        <li>{t(firstSteps.endpoint)}</li>
        <li>{t(firstSteps.publish)}</li>
      </ol>
      <div class="buttons">
        {may("putCustomer") && (
          <a class="button primary" href="/customers">
            {t(firstSteps.toCustomers)}
          </a>
        )}
        {may("createKey") && (
          <a class="button" href="/keys">
            {t(firstSteps.toKeys)}
          </a>
        )}
        <a class="button" href="/docs/">
          {t(firstSteps.toDocs)}
        </a>
      </div>
    </Panel>
  );
}

/** On the first start there is more to say than that all is zero. */
async function welcomeOf(overview: Overview, page: SignedIn): Promise<VNode | null> {
  const { days, waiting, trouble } = overview;
  if (days.some(({ events, deliveries }) => events + deliveries > 0) || waiting || trouble.items.length > 0)
    return null;
  if (page.role === "customer") return <p class="notice">{page.t(firstSteps.ownIntro)}</p>;
  const { items } = await page.read<{ items: unknown[] }>("listCustomers", { query: { limit: "1" } });
  return items.length === 0 ? <FirstSteps may={page.may} /> : null;
}

export const overviewPages: readonly Page[] = [
  {
    method: "GET",
    path: "/",
    roles: EVERYBODY,
    async answer(page) {
      const cursor = page.query.get("cursor");
      const overview = await read(page, cursor === null ? {} : { cursor });
      const welcome = await welcomeOf(overview, page);
      return {
        title: page.t(overviewWords.title),
        body: <OverviewPage {...{ overview, page, welcome }} />,
        wide: true,
      };
    },
  },
  {
    method: "GET",
    path: "/live",
    roles: EVERYBODY,
    isStream: true,
    async answer(page) {
      // Proxies that gather an answer before they pass it on would make a page of what is live.
      page.reply.header("x-accel-buffering", "no");
      return page.streams.open(page.session, follow(page));
    },
  },
];
