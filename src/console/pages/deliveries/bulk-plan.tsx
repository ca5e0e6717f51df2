import { InputError } from "../../../errors.js";
import { Facts, Text } from "../../components/parts.js";
import { usePage } from "../../components/use-page.js";
import type { SignedIn } from "../../page.js";
import type { Word } from "../../word.js";
import { bulkVerbs, bulk as words } from "../../words/bulk.js";
import { common, stateFilters } from "../../words/common.js";
import { faults, deliveries as searched } from "../../words/deliveries.js";
import { addressOf, type Filter, type FilterName, filterOf } from "./filter.js";
import { orProblem } from "./shared.js";

export type Verb = keyof typeof bulkVerbs;

/** What is to be done, and how far it has come; all of it stands in the address, so that it can be gone on with. */
export interface Plan {
  readonly verb: Verb;
  readonly filter: Filter;
  /** Those that were picked. */
  readonly ids: readonly string[];
  /** It is about those that were picked, and not about all that fit the filter. */
  readonly isPicked: boolean;
  /** Where the next set begins; null: at the newest. */
  readonly cursor: string | null;
  readonly done: number;
  readonly total: number;
}

/** A number of an address; 0 for anything else. */
export const numberOf = (text: string | null): number => (text !== null && /^\d{1,12}$/.test(text) ? Number(text) : 0);

/** Reads a plan. Throws a 404 for what is unknown or not allowed. */
export function planOf(parameters: URLSearchParams, page: SignedIn): Plan {
  const verb = parameters.get("verb") ?? "";
  if (!Object.hasOwn(bulkVerbs, verb) || !page.may(`${verb}Deliveries`)) throw InputError.notFound("action", verb);
  const ids = parameters.getAll("ids").slice(0, 500);
  return {
    verb: verb as Verb,
    filter: filterOf(parameters),
    ids,
    isPicked: ids.length > 0 || parameters.has("picked"),
    cursor: parameters.get("cursor"),
    done: numberOf(parameters.get("done")),
    total: numberOf(parameters.get("total")),
  };
}

/** What stands in addresses and forms beside the filter. */
export function valuesOf({
  verb,
  ids,
  isPicked,
  cursor,
  done,
  total,
}: Plan): Readonly<Record<string, string | readonly string[] | undefined>> {
  const way = {
    cursor: cursor ?? undefined,
    done: done ? String(done) : undefined,
    total: total ? String(total) : undefined,
  };
  return { verb, ids, picked: isPicked ? "1" : undefined, ...way };
}

export const placeOf = (plan: Plan): string => addressOf("/deliveries/bulk", plan.filter, valuesOf(plan));

const FILTER_WORDS: Readonly<Record<FilterName, Word>> = {
  customer: common.customer,
  order: searched.orderNumber,
  reference: searched.reference,
  barcode: searched.barcode,
  endpoint: common.endpoint,
  event: { en: "Status change", nl: "Statuswijziging", fr: "Changement de statut" },
  state: common.state,
  status: common.status,
  statusCode: searched.statusCode,
  fault: searched.fault,
  code: searched.failureCode,
  error: searched.errorText,
  from: common.from,
  to: common.to,
};

/** Which deliveries it is about, in words. */
export function Which({ plan: { filter, ids, isPicked }, endpointName }: WhichProps) {
  const { t, format } = usePage();
  const shown = (name: FilterName, value: string): string => {
    if (name === "state" && Object.hasOwn(stateFilters, value)) return t(stateFilters[value as "failed"]);
    if (name === "endpoint") return endpointName ?? value;
    if (name === "fault" && Object.hasOwn(faults, value)) return t(faults[value as "config"]);
    return value;
  };
  if (isPicked) return <p>{t(words.picked)(format.number(ids.length))}</p>;
  const chosen = Object.entries(filter) as [FilterName, string][];
  if (chosen.length === 0) return <p>{t(words.everything)}</p>;
  return (
    <Facts
      facts={chosen.map(
        ([name, value]) => [t(FILTER_WORDS[name]), <Text key={name}>{shown(name, value)}</Text>] as const,
      )}
    />
  );
}

interface WhichProps {
  readonly plan: Plan;
  /** Of the endpoint that is chosen; null: none is, or it is gone. */
  readonly endpointName: string | null;
}

/** What the chosen endpoint is called. */
export async function endpointNameOf(page: SignedIn, { filter: { endpoint } }: Plan): Promise<string | null> {
  if (endpoint === undefined) return null;
  const found = await orProblem(page.read<{ name: string }>("getEndpoint", { params: { id: endpoint } }));
  return "value" in found ? found.value.name : null;
}
