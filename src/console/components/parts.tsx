import type { ComponentChildren } from "preact";
import type { DeliveryState, Status } from "../../types.js";
import { common, deliveryStates, endpointStates, timesIn } from "../words/common.js";
import { usePage } from "./use-page.js";

type Tone = "good" | "bad" | "warn" | "info" | "plain";

/** A short state, as a word with a colour. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

const DELIVERY_TONES: Readonly<Record<DeliveryState, Tone>> = {
  pending: "info",
  sending: "info",
  delivered: "good",
  failed: "bad",
  canceled: "plain",
};

export function DeliveryBadge({ state }: { readonly state: DeliveryState }) {
  const { t } = usePage();
  return <Badge tone={DELIVERY_TONES[state]}>{t(deliveryStates[state])}</Badge>;
}

const STATUS_TONES: Readonly<Record<Status, Tone>> = {
  PROCESSING: "info",
  DELIVERED: "good",
  CANCELLED: "plain",
  WARNING: "warn",
  NOTOK: "bad",
};

/** What a status code means to the order: the same word in every language, as payloads have it. */
export function StatusBadge({ status }: { readonly status: Status }) {
  return <Badge tone={STATUS_TONES[status]}>{status}</Badge>;
}

export function EndpointBadge({ state }: { readonly state: keyof typeof endpointStates }) {
  const { t } = usePage();
  const tone = { active: "good", paused: "warn", disabled: "bad" } as const;
  return <Badge tone={tone[state]}>{t(endpointStates[state])}</Badge>;
}

/** A moment in the reader's time zone, or in `timeZone`; null shows as a dash. */
export function Moment({ at, timeZone }: { readonly at: string | number | null; readonly timeZone?: string | null }) {
  const { format, formatIn } = usePage();
  if (at === null) return <>–</>;
  const used = timeZone === undefined || timeZone === null ? format : formatIn(timeZone);
  return (
    <time dateTime={new Date(at).toISOString()} title={used.timeZone}>
      {used.moment(at)}
    </time>
  );
}

/** Says which zone the times of a page are in, where it is not the reader's own, which the frame names. */
export function TimesIn({ timeZone }: { readonly timeZone: string | null }) {
  const { t, format } = usePage();
  if (timeZone === null || timeZone === format.timeZone) return null;
  return <p class="muted small">{t(timesIn)(timeZone)}</p>;
}

/** Text of others: whatever direction it is written in, it turns nothing around it. */
export function Text({ children }: { readonly children: string }) {
  return <bdi>{children}</bdi>;
}

interface PanelProps {
  readonly title?: string;
  readonly actions?: ComponentChildren;
  readonly id?: string;
  readonly children: ComponentChildren;
}

/** A part of a page under a title of its own. */
export function Panel({ title, actions, id, children }: PanelProps) {
  return (
    <section class="panel" id={id}>
      {title !== undefined && (
        <div class="panel-head">
          <h2>{title}</h2>
          {actions}
        </div>
      )}
      {children}
    </section>
  );
}

/** The title of a page, with what can be done there. */
export function PageHead({
  title,
  children,
}: {
  readonly title: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="page-head">
      <h1>{title}</h1>
      {children !== undefined && <div class="buttons">{children}</div>}
    </div>
  );
}

/** Names with their values; what is undefined is left out. */
export function Facts({ facts }: { readonly facts: readonly (readonly [string, ComponentChildren] | undefined)[] }) {
  return (
    <dl class="facts">
      {facts.map((fact) =>
        fact === undefined ? null : (
          <>
            <dt>{fact[0]}</dt>
            <dd>{fact[1]}</dd>
          </>
        ),
      )}
    </dl>
  );
}

interface CodeProps {
  /** Of the element, for the button that copies it. */
  readonly id: string;
  readonly label: ComponentChildren;
  readonly children: string;
}

/** Text as it is, such as what was sent, with a button that copies it. */
export function Code({ id, label, children }: CodeProps) {
  const { t } = usePage();
  return (
    <figure class="code">
      <figcaption class="panel-head">
        <span class="muted small">{label}</span>
        <button type="button" class="button small quiet" data-copy={id} data-copied={t(common.copied)} data-with-script>
          {t(common.copy)}
        </button>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre id={id} tabIndex={0}>
        {children}
      </pre>
    </figure>
  );
}
