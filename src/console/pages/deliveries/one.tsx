import type { Static } from "typebox";
import { whatToChange } from "../../../reasons/reasons.js";
import type { DeliveryWithAttempts } from "../../../schemas/delivery.js";
import type { Problem } from "../../../schemas/problem.js";
import { ActionButton } from "../../components/form.js";
import { DeliveryBadge, Facts, Moment, PageHead, Panel, Text, TimesIn } from "../../components/parts.js";
import { EVERYBODY, type Page, type PageAnswer, type SignedIn } from "../../page.js";
import { isolated } from "../../reading-direction.js";
import { Refusal } from "../../refusal.js";
import { detail as words } from "../../words/attempts.js";
import { common } from "../../words/common.js";
import { deliveries as searched } from "../../words/deliveries.js";
import { withNotice } from "../../words/notices.js";
import { unknownCodeAddress } from "../catalogue.js";
import { Attempts } from "./attempts.js";
import { EventFacts, type StatusEvent } from "./event-facts.js";
import { inPath, orderAddress } from "./filter.js";
import { Done, orProblem, reasonsOf, transportName } from "./shared.js";

type Whole = Static<typeof DeliveryWithAttempts>;

/** The time zone of a customer: all that is shown of theirs is in it. null: the reader's. */
export async function timeZoneOf(page: SignedIn, customer: string): Promise<string | null> {
  const found = await orProblem(page.read<{ timeZone: string | null }>("getCustomer", { params: { customer } }));
  return "value" in found ? found.value.timeZone : null;
}

function Buttons({ delivery: { id, state }, page }: { readonly delivery: Whole; readonly page: SignedIn }) {
  const { t } = page;
  const canRetry = state === "failed" || state === "canceled" || state === "pending";
  return (
    <>
      {canRetry && page.may("retryDelivery") && (
        <ActionButton action={`/deliveries/${id}/retry`} class="button primary">
          {t(searched.retry)}
        </ActionButton>
      )}
      {state === "pending" && page.may("cancelDelivery") && (
        <ActionButton action={`/deliveries/${id}/cancel`} class="button danger">
          {t(searched.cancel)}
        </ActionButton>
      )}
      {page.may("replayDeliveries") && (
        <ActionButton action={`/deliveries/${id}/replay`}>{t(words.replayed)}</ActionButton>
      )}
    </>
  );
}

function link(id: string | null) {
  return id === null ? null : (
    <a href={`/deliveries/${id}`}>
      <code>{id}</code>
    </a>
  );
}

function InShort({ delivery, page, timeZone }: PartProps) {
  const { t, language } = page;
  const { state, fault, code, waitsFor, overtook, supersededBy, fileName } = delivery;
  const reasons = reasonsOf(delivery, page);
  return (
    <Facts
      facts={[
        [
          t(common.order),
          <a key="order" href={orderAddress(delivery.customer, delivery.order)}>
            <Text>{delivery.order}</Text>
          </a>,
        ],
        page.role === "customer" ? undefined : [t(common.customer), <Text key="customer">{delivery.customer}</Text>],
        [
          t(common.endpoint),
          <span key="endpoint">
            <a href={`/endpoints/${delivery.endpointId}`}>
              <Text>{delivery.endpointName || delivery.endpointId}</Text>
            </a>{" "}
            <span class="muted small">{transportName(delivery.transport)}</span>
          </span>,
        ],
        reasons.length === 0 ? undefined : [t(searched.why), <Text key="why">{reasons.join(" ")}</Text>],
        fault === "config" ? [t(words.whatToChange), whatToChange(code, language)] : undefined,
        [t(searched.attempts), page.format.number(delivery.attempts)],
        [t(words.made), <Moment key="made" at={delivery.createdAt} timeZone={timeZone} />],
        state === "pending" || state === "sending"
          ? [t(searched.nextTry), <Done key="next" delivery={delivery} timeZone={timeZone} />]
          : [t(words.finished), <Moment key="done" at={delivery.finishedAt} timeZone={timeZone} />],
        fileName === null ? undefined : [t(words.file), <Text key="file">{fileName}</Text>],
        waitsFor === null ? undefined : [t(words.waitsFor), link(waitsFor)],
        overtook === null ? undefined : [t(words.overtook), link(overtook)],
        supersededBy === null ? undefined : [t(words.supersededBy), link(supersededBy)],
        [t(words.id), <code key="id">{delivery.id}</code>],
      ]}
    />
  );
}

interface PartProps {
  readonly delivery: Whole;
  readonly page: SignedIn;
  readonly timeZone: string | null;
}

async function show(page: SignedIn, problem?: Problem): Promise<PageAnswer> {
  const { t } = page;
  const { id = "" } = page.params;
  const delivery = await page.read<Whole>("getDelivery", { params: { id } });
  const [event, timeZone] = await Promise.all([
    orProblem(page.read<StatusEvent>("getEvent", { params: { id: delivery.eventId } })),
    timeZoneOf(page, delivery.customer),
  ]);
  const codeLink = "value" in event ? await unknownCodeAddress(page, event.value) : undefined;
  const body = (
    <>
      <PageHead
        title={
          <>
            {t(words.title)} <DeliveryBadge state={delivery.state} />
          </>
        }
      >
        <Buttons delivery={delivery} page={page} />
      </PageHead>
      {problem && <Refusal problem={problem} />}
      <TimesIn timeZone={timeZone} />
      <div class="panels">
        <Panel title={t(words.facts)}>
          <InShort delivery={delivery} page={page} timeZone={timeZone} />
        </Panel>
        <Panel title={t(words.event)}>
          {"value" in event ? (
            <EventFacts event={event.value} timeZone={timeZone} codeLink={codeLink} />
          ) : (
            <p class="muted">–</p>
          )}
        </Panel>
      </div>
      <Panel title={t(words.attempts)}>
        <Attempts attempts={delivery.attemptList} timeZone={timeZone} />
      </Panel>
    </>
  );
  return { title: `${t(words.title)} ${isolated(delivery.order)}`, body, status: problem?.status ?? 200 };
}

const NOTICES = { retry: "deliveryRetried", cancel: "deliveryCanceled", replay: "deliveryReplayed" } as const;

/** What a button does; what is refused is said above the delivery as it is now. */
function act(verb: keyof typeof NOTICES) {
  return async (page: SignedIn): Promise<PageAnswer> => {
    const { id = "" } = page.params;
    // A set of deliveries may be empty: of one that is not theirs, or not there, it is said that there is none.
    if (verb === "replay") await page.call("getDelivery", { params: { id } });
    const done = await orProblem(
      verb === "replay"
        ? page.read<unknown>("replayDeliveries", { body: { filter: { ids: [id] } } })
        : page.read<unknown>(`${verb}Delivery`, { params: { id } }),
    );
    if ("problem" in done) return show(page, done.problem);
    return { location: withNotice(`/deliveries/${inPath(id)}`, NOTICES[verb]) };
  };
}

export const onePages: readonly Page[] = [
  { method: "GET", path: "/deliveries/:id", roles: EVERYBODY, answer: (page) => show(page) },
  { method: "POST", path: "/deliveries/:id/retry", roles: EVERYBODY, answer: act("retry") },
  { method: "POST", path: "/deliveries/:id/cancel", roles: EVERYBODY, answer: act("cancel") },
  { method: "POST", path: "/deliveries/:id/replay", roles: EVERYBODY, answer: act("replay") },
];
