import type { Static } from "typebox";
import { failureReason, givenUpReason, whatToChange } from "../../../reasons/reasons.js";
import type { CausesAnswer } from "../../../schemas/delivery.js";
import { Moment, PageHead, Text } from "../../components/parts.js";
import { Table } from "../../components/table.js";
import { EVERYBODY, type Page, type SignedIn } from "../../page.js";
import { Refusal } from "../../refusal.js";
import { common } from "../../words/common.js";
import { faults, deliveries as words } from "../../words/deliveries.js";
import { addressOf, askedOf, type Filter, filterOf } from "./filter.js";
import { endpointChoices, FilterForm } from "./filter-form.js";
import { orProblem, Tabs, transportName } from "./shared.js";

type Causes = Static<typeof CausesAnswer>;
type Cause = Causes["items"][number];
type State = "failed" | "pending";

/** What finds the deliveries of a cause again. */
function filterOfCause(filter: Filter, state: State, { endpointId, fault, code, lastError }: Cause): Filter {
  const by = code === "" ? { error: lastError.slice(0, 200) } : { code };
  return { ...filter, state, endpoint: endpointId, ...(fault === null ? {} : { fault }), ...by };
}

function CauseTexts({ cause, page }: { readonly cause: Cause; readonly page: SignedIn }) {
  const { t, language } = page;
  const { fault, code, lastError, reason } = cause;
  return (
    <>
      <Text>{failureReason({ fault, code, text: lastError || givenUpReason(reason, language) }, language)}</Text>
      {fault === "config" && <p class="small">{whatToChange(code, language)}</p>}
      <p class="muted small">
        {fault !== null && t(faults[fault])} {code !== "" && <code>{code}</code>}
        {reason !== "" && <> · {givenUpReason(reason, language)}</>}
      </p>
    </>
  );
}

function CauseTable({ causes, state, filter, page }: CauseTableProps) {
  const { t, format } = page;
  const isCustomer = page.role === "customer";
  const title = t(state === "failed" ? words.causesFailed : words.causesWaiting);
  return (
    <>
      <Table<Cause>
        caption={title}
        showCaption
        rows={causes.items}
        rowKey={({ newestId, code }) => newestId + code}
        empty={t(state === "failed" ? words.noCauses : words.noneWaiting)}
        columns={[
          {
            label: t(common.endpoint),
            cell: ({ endpointName, endpointId, transport, customer }) => (
              <>
                <Text>{endpointName || endpointId}</Text> <span class="muted small">{transportName(transport)}</span>
                {!isCustomer && (
                  <p class="muted small">
                    <Text>{customer}</Text>
                  </p>
                )}
              </>
            ),
          },
          { label: t(words.cause), cell: (cause) => <CauseTexts cause={cause} page={page} /> },
          { label: t(words.count), isNumber: true, cell: ({ count }) => format.number(count) },
          {
            label: t(words.newest),
            cell: ({ newestId, newestAt }) => (
              <a href={`/deliveries/${newestId}`}>
                <Moment at={newestAt} />
              </a>
            ),
          },
          {
            label: t(common.actions),
            cell: (cause) => (
              <div class="buttons">
                <a class="button small" href={addressOf("/deliveries", filterOfCause(filter, state, cause))}>
                  {t(words.show)}
                </a>
                {page.may("retryDeliveries") && (
                  <a
                    class="button small"
                    href={addressOf("/deliveries/bulk", filterOfCause(filter, state, cause), { verb: "retry" })}
                  >
                    {t(words.retry)}…
                  </a>
                )}
              </div>
            ),
          },
        ]}
      />
      {causes.searchedTo !== null && <p class="notice">{t(words.causesLookedAt)(format.moment(causes.searchedTo))}</p>}
    </>
  );
}

interface CauseTableProps {
  readonly causes: Causes;
  readonly state: State;
  readonly filter: Filter;
  readonly page: SignedIn;
}

async function answer(page: SignedIn) {
  const { state: _state, ...filter } = filterOf(page.query);
  const causes = (state: State) =>
    page.read<Causes>("listDeliveryCauses", { query: { ...askedOf(filter, page), state } });
  const [found, endpoints] = await Promise.all([
    orProblem(Promise.all([causes("failed"), causes("pending")])),
    endpointChoices(page, filter),
  ]);
  const body = (
    <>
      <PageHead title={page.t(words.title)} />
      <Tabs current="causes" filter={filter} />
      <FilterForm
        action="/deliveries/causes"
        filter={filter}
        endpoints={endpoints}
        isCustomer={page.role === "customer"}
        withoutState
      />
      {"problem" in found ? (
        <Refusal problem={found.problem} />
      ) : (
        (["failed", "pending"] as const).map((state, at) => {
          const causes = found.value[at];
          return causes && <CauseTable key={state} causes={causes} state={state} filter={filter} page={page} />;
        })
      )}
    </>
  );
  const status = "problem" in found ? found.problem.status : 200;
  return { title: `${page.t(words.title)}: ${page.t(words.byCause)}`, body, wide: true, status };
}

export const causePages: readonly Page[] = [{ method: "GET", path: "/deliveries/causes", roles: EVERYBODY, answer }];
