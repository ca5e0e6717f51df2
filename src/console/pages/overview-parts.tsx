import type { ComponentChildren } from "preact";
import type { Static } from "typebox";
import { isByHand } from "../../reasons/disabled-by.js";
import { failureReason, givenUpReason, whatToChange } from "../../reasons/reasons.js";
import type { OverviewAnswer } from "../../schemas/overview.js";
import { type Bar, Bars } from "../components/bars.js";
import { Badge, Moment, Text } from "../components/parts.js";
import { Table } from "../components/table.js";
import { usePage } from "../components/use-page.js";
import { common } from "../words/common.js";
import {
  givenUpLately,
  overviewWords,
  troubleKinds,
  troubleReasons,
  troubleSummary,
  troubleWhy,
} from "../words/overview.js";

export type Overview = Static<typeof OverviewAnswer>;
type Trouble = Overview["trouble"]["items"][number];
type Counts = Pick<Overview["days"][number], "events" | "delivered" | "failed" | "failedAttempts">;

/** What is counted exactly of one endpoint. */
const MOST_SHOWN = 1000;
const TICK_MINUTES = 15;
const TICK_DAYS = 7;

interface OfOverview {
  readonly overview: Overview;
}

export const countOfTrouble = ({ troubled }: Overview): number =>
  Object.values(troubled).reduce((sum, count) => sum + count, 0);

/** Changes with the number alone: what is read aloud must not talk all the time. */
export function Summary({ overview }: OfOverview) {
  const { t, format } = usePage();
  const count = countOfTrouble(overview);
  return <>{count === 0 ? t(overviewWords.allWell) : t(troubleSummary)(count, format.number(count))}</>;
}

interface FigureProps {
  readonly value: string;
  readonly label: string;
  readonly tone?: "bad" | undefined;
  readonly link?: string | undefined;
  readonly children?: ComponentChildren;
}

function Figure({ value, label, tone, link, children }: FigureProps) {
  return (
    <li class={tone ? `figure ${tone}` : "figure"}>
      <strong>{value}</strong>
      <span>{link === undefined ? label : <a href={link}>{label}</a>}</span>
      {children}
    </li>
  );
}

/** The numbers at a glance. */
export function Figures({ overview }: OfOverview) {
  const { t, format } = usePage();
  const { waiting, waitingMore, sending, days } = overview;
  const { delivered = 0, failed = 0 } = days.at(-1) ?? {};
  const troubled = countOfTrouble(overview);
  const shown = waiting === null ? "…" : format.number(waiting);
  return (
    <ul class="figures">
      <Figure value={format.number(delivered)} label={t(overviewWords.deliveredToday)} />
      <Figure
        value={waitingMore ? t(overviewWords.more)(shown) : shown}
        label={t(waiting === null ? overviewWords.counting : overviewWords.waiting)}
        link="/deliveries?state=pending"
      >
        {sending > 0 && <span class="also">{t(overviewWords.sending)(format.number(sending))}</span>}
      </Figure>
      <Figure
        value={format.number(troubled)}
        label={t(overviewWords.inTrouble)}
        tone={troubled > 0 ? "bad" : undefined}
        link="#trouble"
      />
      <Figure
        value={format.number(failed)}
        label={t(overviewWords.givenUpToday)}
        tone={failed > 0 ? "bad" : undefined}
        link="/deliveries?state=failed"
      />
    </ul>
  );
}

/** The last minutes: what was delivered, and what was tried in vain. */
export function Minutes({ overview }: OfOverview) {
  const { t, format } = usePage();
  const bars = overview.minutes.map(
    ({ at, delivered, failedAttempts }): Bar => ({
      key: at,
      label: format.time(at),
      tick: Date.parse(at) % (TICK_MINUTES * 60_000) === 0 ? format.time(at) : undefined,
      values: [delivered, failedAttempts],
    }),
  );
  const series = [
    { tone: "delivered", label: t(overviewWords.delivered) },
    { tone: "failed", label: t(overviewWords.failedAttempts) },
  ] as const;
  return <Bars label={t(overviewWords.perMinute)} series={series} bars={bars} />;
}

/** The last days: what was delivered, and what was given up. */
export function Days({ overview }: OfOverview) {
  const { t, formatIn } = usePage();
  // A day has no time zone any more once it has its date.
  const dates = formatIn("UTC");
  const last = overview.days.length - 1;
  const bars = overview.days.map(
    ({ day, delivered, failed }, at): Bar => ({
      key: day,
      label: dates.day(day),
      tick: (last - at) % TICK_DAYS === 0 ? dates.shortDay(day) : undefined,
      values: [delivered, failed],
    }),
  );
  const series = [
    { tone: "delivered", label: t(overviewWords.delivered) },
    { tone: "failed", label: t(overviewWords.givenUp) },
  ] as const;
  return <Bars label={t(overviewWords.perDay)} series={series} bars={bars} />;
}

interface TimesProps<R> {
  readonly caption: string;
  readonly first: string;
  readonly rows: readonly R[];
  name(row: R): string;
}

function Times<R extends Counts>({ caption, first, rows, name }: TimesProps<R>) {
  const { t, format } = usePage();
  const number = (label: string, cell: (row: R) => number) => ({
    label,
    isNumber: true,
    cell: (row: R) => format.number(cell(row)),
  });
  return (
    <Table<R>
      caption={caption}
      rows={rows}
      rowKey={name}
      columns={[
        { label: first, cell: name },
        number(t(overviewWords.published), ({ events }) => events),
        number(t(overviewWords.delivered), ({ delivered }) => delivered),
        number(t(overviewWords.failedAttempts), ({ failedAttempts }) => failedAttempts),
        number(t(overviewWords.givenUp), ({ failed }) => failed),
      ]}
    />
  );
}

/** The same in words, for who does not see charts; the newest first. */
export function MinutesTable({ overview: { minutes } }: OfOverview) {
  const { t, format } = usePage();
  const [caption, first] = [t(overviewWords.perMinute), t(overviewWords.minute)];
  return <Times caption={caption} first={first} rows={minutes.toReversed()} name={({ at }) => format.time(at)} />;
}

export function DaysTable({ overview: { days } }: OfOverview) {
  const { t, formatIn } = usePage();
  const dates = formatIn("UTC");
  const [caption, first] = [t(overviewWords.perDay), t(overviewWords.day)];
  return <Times caption={caption} first={first} rows={days.toReversed()} name={({ day }) => dates.day(day)} />;
}

const TONES = {
  held: "bad",
  failing: "bad",
  askedToWait: "warn",
  gaveUp: "warn",
  disabled: "bad",
  paused: "plain",
} as const;

function Reason({ trouble: { kind, fault, code, text, reason, givenUp } }: { readonly trouble: Trouble }) {
  const { t, language, format } = usePage();
  const failure = code === "" && text === "" ? "" : failureReason({ fault, code, text }, language);
  const shown = givenUp > MOST_SHOWN ? `${format.number(MOST_SHOWN)}+` : format.number(givenUp);
  // What has failed before is not why somebody has stopped it.
  const saysWhy = kind === "paused" || (kind === "disabled" && (isByHand(reason) || failure === ""));
  const said = [
    kind === "paused" || kind === "disabled" ? t(troubleReasons[kind]) : "",
    saysWhy && reason !== "" ? t(troubleWhy)(givenUpReason(reason, language).replace(/\.$/, "")) : "",
    saysWhy ? "" : failure,
    kind === "held" ? whatToChange(code, language) || t(troubleReasons.held) : "",
    givenUp > 0 ? t(givenUpLately)(givenUp, shown) : "",
  ];
  return (
    <>
      <Badge tone={TONES[kind]}>{t(troubleKinds[kind])}</Badge>{" "}
      <Text>{said.filter((part) => part !== "").join(" ")}</Text>
    </>
  );
}

const deliveriesOf = (endpoint: string, state: string) =>
  `/deliveries?${new URLSearchParams({ endpoint, state }).toString()}`;

function Name({
  trouble: { endpoint, name, customer },
  isStaff,
}: {
  readonly trouble: Trouble;
  readonly isStaff: boolean;
}) {
  const { t } = usePage();
  return (
    <>
      {endpoint === null ? (
        <>
          <Text>{name}</Text> <span class="muted">({t(overviewWords.callbacks)})</span>
        </>
      ) : (
        // With an id the focus stays where it is when the table is exchanged.
        <a href={`/endpoints/${encodeURIComponent(endpoint)}`} id={`trouble-${endpoint}`}>
          <Text>{name}</Text>
        </a>
      )}
      {isStaff && (
        <span class="under">
          <Text>{customer}</Text>
        </span>
      )}
    </>
  );
}

function Waiting({ trouble: { endpoint, waiting, givenUp } }: { readonly trouble: Trouble }) {
  const { t, format } = usePage();
  const shown = (count: number) => (count > MOST_SHOWN ? `${format.number(MOST_SHOWN)}+` : format.number(count));
  if (endpoint === null) return <>{shown(waiting)}</>;
  return (
    <>
      <a href={deliveriesOf(endpoint, "pending")} id={`waiting-${endpoint}`}>
        {shown(waiting)}
      </a>
      {givenUp > 0 && (
        <a class="under" href={deliveriesOf(endpoint, "failed")} id={`failed-${endpoint}`}>
          {`${t(overviewWords.givenUp)}: ${shown(givenUp)}`}
        </a>
      )}
    </>
  );
}

/** The endpoints in trouble, the worst first. */
export function TroubleTable({ overview, isStaff }: OfOverview & { readonly isStaff: boolean }) {
  const { t, format } = usePage();
  const { at, trouble } = overview;
  if (trouble.items.length === 0) return <p class="notice good">{t(overviewWords.allWell)}</p>;
  // In whole minutes: a part that is live is not sent again for every second.
  const ago = (since: string) => {
    const minutes = Math.floor((Date.parse(at) - Date.parse(since)) / 60_000);
    return minutes < 1 ? t(overviewWords.justNow) : format.ago(-minutes * 60_000, 0);
  };
  return (
    <>
      <Table<Trouble>
        caption={t(overviewWords.trouble)}
        rows={trouble.items}
        rowKey={({ customer, endpoint, name }) => endpoint ?? `${customer} ${name}`}
        columns={[
          { label: t(common.endpoint), cell: (row) => <Name trouble={row} isStaff={isStaff} /> },
          { label: t(overviewWords.reason), cell: (row) => <Reason trouble={row} /> },
          {
            label: t(overviewWords.since),
            cell: ({ since }) => (
              <>
                <Moment at={since} />
                <span class="under">{ago(since)}</span>
              </>
            ),
          },
          { label: t(overviewWords.waits), isNumber: true, cell: (row) => <Waiting trouble={row} /> },
          { label: t(overviewWords.nextTry), cell: ({ nextTry }) => <Moment at={nextTry} /> },
        ]}
      />
      {trouble.next !== null && (
        <p>
          <a href={`/?${new URLSearchParams({ cursor: trouble.next }).toString()}#trouble`}>
            {t(overviewWords.allOfThem)}
          </a>
        </p>
      )}
    </>
  );
}
