import type { ComponentChildren } from "preact";
import type { Static } from "typebox";
import { failureReason, whatToChange } from "../../../reasons/reasons.js";
import type { AttemptAnswer } from "../../../schemas/delivery.js";
import { Badge, Code, Facts, Moment, Text } from "../../components/parts.js";
import { usePage } from "../../components/use-page.js";
import { outcomes, detail as words } from "../../words/attempts.js";
import { transportName } from "./shared.js";
import { Steps } from "./steps.js";

export type Attempt = Static<typeof AttemptAnswer>;

/** Text that is shown unfolded at most. */
const SHORT = 2_000;

const TONES = { delivered: "good", retry: "warn", held: "warn", failed: "bad", split: "info" } as const;

export const isHttp = ({ transport }: Pick<Attempt, "transport">): boolean => transport.startsWith("http");

/** Whether something left: before it did, nobody but us knew of it. */
export const wentOut = ({ outcome, fault }: Attempt): boolean =>
  outcome === "delivered" || fault === "response" || fault === "ambiguous";

/** What was answered, in a line. */
export function answerOf({ outcome, code, detail }: Attempt): string {
  return outcome === "delivered" && !detail.startsWith(code) ? `${code} ${detail}`.trim() : detail;
}

/** The request as text: what stands in the attempt, and nothing that does not. */
function requestText({ address, headers, sent }: Attempt): string {
  const isQuery = address.startsWith("GET ");
  const target = isQuery && sent && sent.body !== "" ? `${address}?${sent.body}` : address;
  const lines = (headers ?? []).map(({ name, value }) => `${name}: ${value}`);
  return [target, ...lines, ...(isQuery || !sent ? [] : ["", sent.body])].join("\n");
}

function Folded({ id, label, text }: FoldedProps) {
  const code = (
    <Code id={id} label={label}>
      {text}
    </Code>
  );
  const { format } = usePage();
  if (text.length <= SHORT) return code;
  return (
    <details>
      <summary>
        {label} ({format.bytes(new TextEncoder().encode(text).length)})
      </summary>
      {code}
    </details>
  );
}

interface FoldedProps {
  readonly id: string;
  readonly label: ComponentChildren;
  readonly text: string;
}

function Sent({ attempt }: { readonly attempt: Attempt }) {
  const { t, format } = usePage();
  const { number, sent, remotePath, address, headers } = attempt;
  const forgotten = attempt.forgottenAt;
  if (!sent) return <p class="muted">{t(words.nothingMade)}</p>;
  const isSent = wentOut(attempt);
  const http = isHttp(attempt);
  return (
    <>
      <p class={isSent ? "visually-hidden" : "muted"}>{t(isSent ? words.sent : words.notSent)}</p>
      {!http && (
        <Facts
          facts={[
            [t(words.remotePath), <Text key="path">{remotePath ?? sent.fileName ?? address}</Text>],
            [t(words.size), format.bytes(sent.bytes)],
          ]}
        />
      )}
      {forgotten === undefined ? (
        <Folded
          id={`sent-${number}`}
          label={http ? t(words.request) : `${t(words.content)}: ${sent.contentType}`}
          text={http ? requestText(attempt) : sent.body}
        />
      ) : (
        <p class="muted">
          {t(words.forgotten)}: <Moment at={forgotten} />
        </p>
      )}
      {http && forgotten === undefined && (
        <p class="muted small">{t(headers || !isSent ? words.headersNote : words.headersUnknown)}</p>
      )}
      <Facts
        facts={[
          http ? [t(words.size), `${format.bytes(sent.bytes)}, ${sent.contentType}`] : undefined,
          [t(words.hash), <code key="hash">{sent.sha256}</code>],
        ]}
      />
    </>
  );
}

function CameBack({ attempt }: { readonly attempt: Attempt }) {
  const { t } = usePage();
  const { number, response, outcome } = attempt;
  const came = outcome === "delivered" || attempt.fault === "response";
  const label = answerOf(attempt);
  if (response === "") {
    return <p class="muted">{came ? <Text>{`${label} – ${t(words.emptyAnswer)}`}</Text> : t(words.noAnswer)}</p>;
  }
  return <Folded id={`answer-${number}`} label={<Text>{label}</Text>} text={response} />;
}

function Reasons({ attempt: { fault, code, detail } }: { readonly attempt: Attempt }) {
  const { t, language } = usePage();
  if (fault === null) return null;
  return (
    <>
      <p>
        <Text>{failureReason({ fault, code, text: detail }, language)}</Text>
      </p>
      {fault === "config" && (
        <p>
          <strong>{t(words.whatToChange)}:</strong> {whatToChange(code, language)}
        </p>
      )}
      <p class="muted small">
        {t(words.technical)}: <code>{code}</code> <Text>{detail}</Text>
      </p>
    </>
  );
}

/** One attempt, on the time line. */
function AttemptItem({ attempt, isOpen, timeZone }: AttemptItemProps) {
  const { t, format } = usePage();
  const { number, outcome, startedAt, durationMs, transport, address, late, batch, timings } = attempt;
  return (
    <li class={TONES[outcome]} id={`attempt-${number}`}>
      <h3>
        {number}. <Moment at={startedAt} timeZone={timeZone} />{" "}
        <Badge tone={TONES[outcome]}>{t(outcomes[outcome])}</Badge>
      </h3>
      <p class="muted small">
        {transportName(transport)} · <Text>{address}</Text> · {t(words.took)} {format.duration(durationMs)}
      </p>
      {late && <p class="notice warn">{t(words.late)}</p>}
      {batch && (
        <p class="muted small">
          {t(words.batch)(format.number(batch.events))}, <code>{batch.id}</code>
        </p>
      )}
      <Reasons attempt={attempt} />
      <Steps timings={timings} isHttp={isHttp(attempt)} />
      <details open={isOpen}>
        <summary>{t(words.sent)}</summary>
        <Sent attempt={attempt} />
      </details>
      <details open={isOpen}>
        <summary>{t(words.answer)}</summary>
        <CameBack attempt={attempt} />
      </details>
    </li>
  );
}

interface AttemptItemProps {
  readonly attempt: Attempt;
  readonly isOpen: boolean;
  readonly timeZone: string | null;
}

/** Every attempt in its order; the last one is open. */
export function Attempts({
  attempts,
  timeZone,
}: {
  readonly attempts: readonly Attempt[];
  readonly timeZone: string | null;
}) {
  const { t } = usePage();
  if (attempts.length === 0) return <p class="muted">{t(words.noAttempts)}</p>;
  return (
    <ol class="timeline">
      {attempts.map((attempt, at) => (
        <AttemptItem key={attempt.number} attempt={attempt} isOpen={at === attempts.length - 1} timeZone={timeZone} />
      ))}
    </ol>
  );
}
