import { FAULTS, STATE_FILTERS } from "../../../schemas/delivery.js";
import { STATUSES } from "../../../schemas/event.js";
import { SelectField, TextField } from "../../components/form.js";
import { usePage } from "../../components/use-page.js";
import type { SignedIn } from "../../page.js";
import { common, stateFilters } from "../../words/common.js";
import { faults, deliveries as words } from "../../words/deliveries.js";
import type { Filter } from "./filter.js";

/** An endpoint that can be chosen. */
export interface Choice {
  readonly id: string;
  readonly name: string;
}

/** The endpoints of the customer that is looked at; null: none is, or it is not known. */
export async function endpointChoices(page: SignedIn, filter: Filter): Promise<readonly Choice[] | null> {
  const customer = page.session.principal.customer ?? filter.customer;
  if (customer === undefined) return null;
  try {
    const query = { limit: "200" };
    const { items } = await page.read<{ items: Choice[] }>("listEndpoints", { params: { customer }, query });
    return items;
  } catch {
    return null;
  }
}

interface FilterFormProps {
  readonly action: string;
  readonly filter: Filter;
  readonly endpoints: readonly Choice[] | null;
  readonly isCustomer: boolean;
  /** The page itself says which states it shows. */
  readonly withoutState?: boolean;
}

function EndpointField({ filter, endpoints }: Pick<FilterFormProps, "filter" | "endpoints">) {
  const { t } = usePage();
  if (!endpoints)
    return (
      <TextField
        name="endpoint"
        label={t(common.endpoint)}
        help={t(words.endpointHelp)}
        value={filter.endpoint}
        maxLength={100}
      />
    );
  const chosen = filter.endpoint;
  const missing = chosen !== undefined && !endpoints.some(({ id }) => id === chosen);
  const options = [
    { value: "", label: t(words.anyEndpoint) },
    ...(missing ? [{ value: chosen, label: chosen }] : []),
    ...endpoints.map(({ id, name }) => ({ value: id, label: name })),
  ];
  return <SelectField name="endpoint" label={t(common.endpoint)} value={chosen} options={options} />;
}

/** A time as the browser's field takes it: in the reader's time zone, without an offset. */
const isLocal = (text: string | undefined): boolean => text === undefined || /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text);

function MoreFields({ filter, endpoints }: Pick<FilterFormProps, "filter" | "endpoints">) {
  const { t } = usePage();
  const any = { value: "", label: t(common.all) };
  const time = (name: "from" | "to") => (
    <TextField
      name={name}
      label={t(common[name])}
      value={filter[name]?.replace(/(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$/, (end) => (end.length > 3 ? "" : end))}
      type={isLocal(filter[name]) ? "datetime-local" : "text"}
    />
  );
  return (
    <div class="field-row">
      <EndpointField filter={filter} endpoints={endpoints} />
      <SelectField
        name="status"
        label={t(common.status)}
        value={filter.status}
        options={[any, ...STATUSES.map((value) => ({ value, label: value }))]}
      />
      <TextField name="statusCode" label={t(words.statusCode)} value={filter.statusCode} maxLength={100} />
      <SelectField
        name="fault"
        label={t(words.fault)}
        value={filter.fault}
        options={[any, ...FAULTS.map((value) => ({ value, label: t(faults[value]) }))]}
      />
      <TextField
        name="code"
        label={t(words.failureCode)}
        help={t(words.failureCodeHelp)}
        value={filter.code}
        maxLength={100}
      />
      <TextField
        name="error"
        label={t(words.errorText)}
        help={t(words.errorTextHelp)}
        value={filter.error}
        maxLength={200}
      />
      {time("from")}
      {time("to")}
    </div>
  );
}

function StateField({ value: chosen }: { readonly value: string | undefined }) {
  const { t } = usePage();
  const states = STATE_FILTERS.map((value) => ({ value, label: t(stateFilters[value]) }));
  const options = [{ value: "", label: t(common.all) }, ...states];
  return <SelectField name="state" label={t(common.state)} value={chosen} options={options} />;
}

/** The search for deliveries: what is asked most, and the rest folded. */
export function FilterForm({ action, filter, endpoints, isCustomer, withoutState }: FilterFormProps) {
  const { t } = usePage();
  const { endpoint, status, statusCode, fault, code, error, from, to } = filter;
  const isOpen = [endpoint, status, statusCode, fault, code, error, from, to].some((value) => value !== undefined);
  return (
    <search>
      <form class="filters" method="get" action={action} aria-label={t(words.filters)}>
        <TextField
          name="order"
          label={t(words.orderNumber)}
          type="search"
          value={filter.order}
          maxLength={200}
          isSearch
        />
        <TextField name="reference" label={t(words.reference)} value={filter.reference} maxLength={500} />
        <TextField name="barcode" label={t(words.barcode)} value={filter.barcode} maxLength={200} />
        {!isCustomer && (
          <TextField name="customer" label={t(common.customer)} value={filter.customer} maxLength={100} />
        )}
        {!withoutState && <StateField value={filter.state} />}
        {filter.event !== undefined && <input type="hidden" name="event" value={filter.event} />}
        <div class="buttons">
          <button type="submit" class="button primary">
            {t(common.search)}
          </button>
          <a class="button quiet" href={action}>
            {t(common.clear)}
          </a>
        </div>
        <details class="filters-more" open={isOpen}>
          <summary>{t(words.moreFilters)}</summary>
          <MoreFields filter={filter} endpoints={endpoints} />
        </details>
      </form>
    </search>
  );
}
