import type { Static } from "typebox";
import { failureReason, givenUpReason } from "../../../reasons/reasons.js";
import type { DeliveryAnswer } from "../../../schemas/delivery.js";
import type { Problem } from "../../../schemas/problem.js";
import { Moment, Text } from "../../components/parts.js";
import { usePage } from "../../components/use-page.js";
import type { SignedIn } from "../../page.js";
import { problemOfInput } from "../../problem.js";
import { transportNames, deliveries as words } from "../../words/deliveries.js";
import { addressOf, type Filter } from "./filter.js";

export type Delivery = Static<typeof DeliveryAnswer>;

/** A page of a list, as the API answers it. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly next: string | null;
  readonly searchedTo?: string;
}

/** What was asked for, or why it was refused: for forms that show it in place. */
export async function orProblem<T>(asked: Promise<T>): Promise<{ readonly value: T } | { readonly problem: Problem }> {
  try {
    return { value: await asked };
  } catch (error) {
    return { problem: problemOfInput(error) };
  }
}

export const transportName = (type: string): string => transportNames[type] ?? type;

/** Sentences after each other: some of those that are recorded end in no full stop. */
const sentence = (text: string): string => (/[.!?…]$/.test(text.trim()) ? text : `${text}.`);

/** Why a delivery is not where it should be, in plain words, a sentence each. */
export function reasonsOf(
  { state, reason, fault, code, lastError }: Pick<Delivery, "state" | "reason" | "fault" | "code" | "lastError">,
  { language }: Pick<SignedIn, "language">,
): readonly string[] {
  if (state === "delivered") return [];
  const givenUp = reason === "" ? [] : [givenUpReason(reason, language)];
  const failed = lastError === "" && code === "" ? [] : [failureReason({ fault, code, text: lastError }, language)];
  return [...givenUp, ...failed].map(sentence);
}

export function Why({ delivery }: { readonly delivery: Delivery }) {
  const page = usePage();
  const reasons = reasonsOf(delivery, page);
  if (reasons.length === 0) return <>–</>;
  return (
    <div class="why">
      <Text>{reasons.join(" ")}</Text>
    </div>
  );
}

/** When it was done, or is tried next. */
export function Done({ delivery: { state, dueAt, finishedAt }, timeZone }: DoneProps) {
  const { t } = usePage();
  if (state === "pending" && dueAt === null) return <>{t(words.parked)}</>;
  return <Moment at={finishedAt ?? dueAt} timeZone={timeZone ?? null} />;
}

interface DoneProps {
  readonly delivery: Pick<Delivery, "state" | "dueAt" | "finishedAt">;
  readonly timeZone?: string | null;
}

/** Of a search that was broken off: how far it came, and the way on. */
export function SearchedTo({ listed }: { readonly listed: Listed<unknown> }) {
  const { t, format } = usePage();
  if (listed.searchedTo === undefined) return null;
  return (
    <p class="notice" role="status">
      {listed.items.length === 0 && <>{t(words.noneYet)} </>}
      {t(words.searchedTo)(format.moment(listed.searchedTo))}
    </p>
  );
}

/** The views of deliveries. */
export function Tabs({ current, filter }: { readonly current: "list" | "causes"; readonly filter: Filter }) {
  const { t } = usePage();
  const { state: _state, code: _code, ...rest } = filter;
  return (
    <nav aria-label={t(words.views)}>
      <ul class="tabs">
        <li>
          <a href={addressOf("/deliveries", filter)} aria-current={current === "list" ? "page" : undefined}>
            {t(words.list)}
          </a>
        </li>
        <li>
          <a href={addressOf("/deliveries/causes", rest)} aria-current={current === "causes" ? "page" : undefined}>
            {t(words.byCause)}
          </a>
        </li>
      </ul>
    </nav>
  );
}
