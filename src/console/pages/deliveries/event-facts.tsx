import type { Static } from "typebox";
import type { EventAnswer } from "../../../schemas/event-answer.js";
import type { Language } from "../../../types.js";
import { Facts, Moment, StatusBadge, Text } from "../../components/parts.js";
import { usePage } from "../../components/use-page.js";
import { isolated } from "../../reading-direction.js";
import { detail as words } from "../../words/attempts.js";
import { deliveries as searched } from "../../words/deliveries.js";

export type StatusEvent = Static<typeof EventAnswer>;

/** What a status says, in the reader's language where the event has it. */
export function descriptionOf({ descriptions }: Pick<StatusEvent, "descriptions">, language: Language): string {
  return descriptions[language] ?? descriptions.en ?? Object.values(descriptions)[0] ?? "";
}

interface Content {
  readonly sha256: string;
  readonly length: number;
  readonly mediaType: string;
}

/** Pictures and the like by their kind and size: what they show may be of others, and is for who they were sent to. */
function Contents({ contents }: { readonly contents: readonly (Content & { readonly by?: string })[] }) {
  const { format } = usePage();
  return (
    <ul class="bare">
      {contents.map(({ sha256, length, mediaType, by }) => (
        <li key={sha256}>
          {by !== undefined && by !== "" && <Text>{`${by}: `}</Text>}
          <Text>{mediaType}</Text>, {format.bytes(length)} <code title={sha256}>sha256:{sha256.slice(0, 12)}…</code>
        </li>
      ))}
    </ul>
  );
}

/** A place: its words, country and position, of those that it has. */
function placeOf(location: StatusEvent["location"]): string {
  const { text, country, latitude, longitude } = (location ?? {}) as Readonly<
    Record<string, string | number | undefined>
  >;
  const position = latitude === undefined || longitude === undefined ? undefined : `${latitude}, ${longitude}`;
  return [text, country, position]
    .filter((part) => part !== undefined && part !== "")
    .map((part) => isolated(String(part)))
    .join(" · ");
}

interface EventProps {
  readonly event: StatusEvent;
  readonly timeZone: string | null;
  /** Where its code, which the catalogue does not know, can be added to it. */
  readonly codeLink?: string | undefined;
}

/** Everything that a status change says; what is empty is left out. */
export function EventFacts({ event, timeZone, codeLink }: EventProps) {
  const { t, language } = usePage();
  const text = (label: string, value: string): readonly [string, preact.VNode] | undefined =>
    value === "" ? undefined : [label, <Text key={label}>{value}</Text>];
  const signed = event.signatures.map(({ image, signedBy }) => ({ ...image, by: signedBy }));
  const contents = (label: string, list: readonly Content[]): readonly [string, preact.VNode] | undefined =>
    list.length === 0 ? undefined : [label, <Contents key={label} contents={list} />];
  return (
    <Facts
      facts={[
        [
          t(searched.statusCode),
          <span key="code">
            <Text>{event.statusCode}</Text> <StatusBadge status={event.status} />{" "}
            {codeLink !== undefined && <a href={codeLink}>{t(words.addCode)}</a>}
          </span>,
        ],
        text(t(words.description), descriptionOf(event, language)),
        [t(words.statusTime), <Moment key="time" at={event.statusTime} timeZone={timeZone} />],
        [t(words.received), <Moment key="received" at={event.receivedAt} timeZone={timeZone} />],
        text(t(searched.reference), event.reference),
        text(t(searched.barcode), event.barcode),
        text(t(searched.container), event.container),
        text(t(words.comment), event.comment),
        text(t(words.verifier), event.verifier),
        text(t(words.oldLead), event.oldLead),
        text(t(words.newLead), event.newLead),
        text(t(words.source), event.source),
        text(t(words.location), placeOf(event.location)),
        contents(t(words.signatures), signed),
        contents(t(words.pictures), event.pictures),
        contents(t(words.documents), event.documents),
        event.payloadForgottenAt === undefined
          ? undefined
          : [t(words.forgotten), <Moment key="forgotten" at={event.payloadForgottenAt} timeZone={timeZone} />],
        text(t(words.externalId), event.externalId === null ? "" : String(event.externalId)),
        text(t(words.eventId), event.id),
      ]}
    />
  );
}
