import type { Static } from "typebox";
import type { DeliveryWithAttempts } from "../../../schemas/delivery.js";
import { Badge, DeliveryBadge, Facts, Moment, PageHead, Text } from "../../components/parts.js";
import { usePage } from "../../components/use-page.js";
import { EVERYBODY, type Page, type SignedIn } from "../../page.js";
import { isolated } from "../../reading-direction.js";
import { detail } from "../../words/attempts.js";
import { common, timesIn } from "../../words/common.js";
import { deliveries as searched } from "../../words/deliveries.js";
import { orders as words } from "../../words/orders.js";
import { type Attempt, answerOf, isHttp, wentOut } from "../deliveries/attempts.js";
import { descriptionOf } from "../deliveries/event-facts.js";
import { orderAddress } from "../deliveries/filter.js";
import { reasonsOf, transportName } from "../deliveries/shared.js";
import { readStory, type Story, type Told } from "./read.js";

type Whole = Static<typeof DeliveryWithAttempts>;

/** Deliveries that one proof holds, the newest. */
const MOST = 100;
/** Of what came back. */
const RECEIPT = 300;

/** Each delivery with its attempts, by its id. */
async function readAttempts(page: SignedIn, { deliveries }: Story): Promise<ReadonlyMap<string, Whole>> {
  const ids = deliveries.slice(0, MOST).map(({ id }) => id);
  const whole = await Promise.all(ids.map((id) => page.read<Whole>("getDelivery", { params: { id } })));
  return new Map(whole.map((delivery) => [delivery.id, delivery]));
}

/** The attempt that tells most: the one that arrived, else the last. */
function telling({ attemptList }: Whole): Attempt | undefined {
  return attemptList.findLast(({ outcome, late }) => outcome === "delivered" && !late) ?? attemptList.at(-1);
}

function Proven({ delivery, timeZone }: { readonly delivery: Whole; readonly timeZone: string | null }) {
  const page = usePage();
  const { t, format } = page;
  const attempt = telling(delivery);
  const reasons = reasonsOf(delivery, page);
  const isSent = attempt !== undefined && wentOut(attempt);
  const count = t(words.attempt)(format.number(attempt?.number ?? 0), format.number(delivery.attempts));
  const answer = attempt ? answerOf(attempt) : "";
  return (
    <li class="proven">
      <h3>
        <Text>{delivery.endpointName || delivery.endpointId}</Text> ({transportName(delivery.transport)}){" "}
        <DeliveryBadge state={delivery.state} />
      </h3>
      <Facts
        facts={[
          attempt ? [t(words.address), <Text key="address">{attempt.address}</Text>] : undefined,
          attempt && !isHttp(attempt) && attempt.remotePath !== undefined
            ? [t(detail.remotePath), <Text key="path">{attempt.remotePath}</Text>]
            : undefined,
          isSent
            ? [
                t(words.sentAt),
                <span key="sent">
                  <Moment at={attempt.startedAt} timeZone={timeZone} />, {count}
                </span>,
              ]
            : undefined,
          isSent && answer.trim() !== "" ? [t(words.answered), <Text key="answer">{answer}</Text>] : undefined,
          isSent && attempt.response !== ""
            ? [t(words.receipt), <code key="receipt">{attempt.response.slice(0, RECEIPT)}</code>]
            : undefined,
          isSent && attempt.sent
            ? [
                t(words.hash),
                <span key="hash">
                  <code>{attempt.sent.sha256}</code> ({format.bytes(attempt.sent.bytes)})
                </span>,
              ]
            : undefined,
          reasons.length === 0 ? undefined : [t(searched.why), <Text key="why">{reasons.join(" ")}</Text>],
          [t(detail.id), <code key="id">{attempt?.batch?.id ?? delivery.id}</code>],
        ]}
      />
    </li>
  );
}

function Status({ told: { event, deliveries }, whole, timeZone }: StatusProps) {
  const { t, language } = usePage();
  return (
    <section class="proof-status">
      <h2>
        <Moment at={event.statusTime} timeZone={timeZone} /> <Badge tone="plain">{event.status}</Badge>{" "}
        <Text>{descriptionOf(event, language) || event.statusCode}</Text>
      </h2>
      {deliveries.length === 0 && <p>{t(words.nobody)}</p>}
      <ul class="bare">
        {deliveries.map(({ id }) => {
          const delivery = whole.get(id);
          return delivery && <Proven key={id} delivery={delivery} timeZone={timeZone} />;
        })}
      </ul>
    </section>
  );
}

interface StatusProps {
  readonly told: Told;
  readonly whole: ReadonlyMap<string, Whole>;
  readonly timeZone: string | null;
}

async function answer(page: SignedIn) {
  const { t, format, formatIn } = page;
  const story = await readStory(page);
  const whole = await readAttempts(page, story);
  const { customer, order, told, timeZone } = story;
  const used = formatIn(timeZone);
  const isCut = story.isCut || story.deliveries.length > MOST;
  const title = `${t(words.proof)}: ${isolated(order)}`;
  const body = (
    <article class="proof">
      <PageHead title={<Text>{title}</Text>}>
        <button type="button" class="button primary" data-print data-with-script>
          {t(words.print)}
        </button>
        <a class="button" href={orderAddress(customer, order)}>
          {t(words.backToOrder)}
        </a>
      </PageHead>
      <Facts
        facts={[
          [t(common.order), <Text key="order">{order}</Text>],
          [t(common.customer), <Text key="customer">{customer}</Text>],
        ]}
      />
      <p>
        <Text>{t(words.statement)(order, customer)}</Text>
      </p>
      <p>
        {t(timesIn)(used.timeZone)} {t(words.hashNote)}
      </p>
      {isCut && <p class="notice warn">{t(words.cut)(format.number(MOST))}</p>}
      {told.map((each) => (
        <Status key={each.event.id} told={each} whole={whole} timeZone={timeZone} />
      ))}
      <p class="proof-end">
        <Text>{t(words.printedBy)(page.session.name, `${used.moment(page.now)} (${used.timeZone})`)}</Text>
      </p>
    </article>
  );
  return { title, body };
}

export const proofPages: readonly Page[] = [
  { method: "GET", path: "/customers/:customer/orders/:order/proof", roles: EVERYBODY, answer },
];
