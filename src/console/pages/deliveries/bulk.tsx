import type { ComponentChildren } from "preact";
import type { Problem } from "../../../schemas/problem.js";
import { Csrf } from "../../components/form.js";
import { PageHead, Panel } from "../../components/parts.js";
import { usePage } from "../../components/use-page.js";
import { EVERYBODY, type Page, type PageAnswer, type SignedIn } from "../../page.js";
import { Refusal } from "../../refusal.js";
import { bulkVerbs, bulk as words } from "../../words/bulk.js";
import { common } from "../../words/common.js";
import { endpointNameOf, numberOf, type Plan, placeOf, planOf, valuesOf, Which } from "./bulk-plan.js";
import { addressOf, askedOf } from "./filter.js";
import { orProblem } from "./shared.js";

/** Deliveries that are counted at once, and changed at once. */
const COUNTED = 4_000;
const CHANGED = 2_000;

async function run(
  page: SignedIn,
  { verb, filter, ids, cursor }: Plan,
  how: { readonly dryRun: boolean; readonly limit: number },
) {
  const body = {
    // What was picked may have left the state that the list was of.
    filter: ids.length > 0 ? { ids } : askedOf(filter, page),
    dryRun: how.dryRun,
    limit: how.limit,
    ...(cursor === null ? {} : { cursor }),
  };
  return page.read<{ count: number; next: string | null }>(`${verb}Deliveries`, { body });
}

/** A form that goes on with the plan: by itself where a page with JavaScript asks for it. */
function PlanForm({ plan, children, isAutomatic = false }: PlanFormProps) {
  const fields = Object.entries({ ...plan.filter, ...valuesOf(plan) }).flatMap(([name, value]) =>
    value === undefined ? [] : (typeof value === "string" ? [value] : value).map((each) => [name, each] as const),
  );
  return (
    <form
      method="post"
      action="/deliveries/bulk"
      hx-post="/deliveries/bulk"
      hx-target="#bulk"
      hx-swap="outerHTML"
      hx-trigger={isAutomatic ? "load" : "submit"}
    >
      <Csrf />
      {fields.map(([name, value]) => (
        <input key={name + value} type="hidden" name={name} value={value} />
      ))}
      {children}
    </form>
  );
}

interface PlanFormProps {
  readonly plan: Plan;
  readonly children?: ComponentChildren;
  readonly isAutomatic?: boolean;
}

interface Counting {
  readonly plan: Plan;
  /** So many so far. */
  readonly count: number;
  /** Where counting goes on; null: it is through. */
  readonly next: string | null;
}

/** How many it is about: counted in steps, so that the page is there at once. */
function Count({ plan, count, next }: Counting) {
  const { t, format } = usePage();
  const verb = bulkVerbs[plan.verb];
  const address = addressOf("/deliveries/bulk", plan.filter, {
    ...valuesOf(plan),
    counted: String(count),
    from_cursor: next ?? undefined,
  });
  if (next !== null) {
    return (
      <div id="count" hx-get={address} hx-trigger="load" hx-target="#count" hx-swap="outerHTML">
        <p aria-live="polite">
          {t(words.notAll)(format.number(count))} <span data-with-script>{t(words.countingOn)}</span>
        </p>
        <p data-without-script>
          <a class="button" href={address}>
            {t(words.countOn)}
          </a>
        </p>
      </div>
    );
  }
  if (count === 0) {
    return (
      <div id="count">
        <p>{t(words.nothing)}</p>
      </div>
    );
  }
  return (
    <div id="count">
      <p role="status">
        <strong>{t(verb.count)(format.number(count))}</strong>
      </p>
      <PlanForm plan={{ ...plan, total: count }}>
        <div class="buttons">
          <button type="submit" class={plan.verb === "cancel" ? "button danger" : "button primary"}>
            {t(verb.go)}
          </button>
          <a class="button" href={addressOf("/deliveries", plan.filter)}>
            {t(common.cancel)}
          </a>
        </div>
      </PlanForm>
    </div>
  );
}

interface Going {
  readonly plan: Plan;
  /** Nothing is left. */
  readonly isFinished: boolean;
  /** The next set follows by itself. */
  readonly isGoing: boolean;
  readonly problem?: Problem;
}

/** How far it is, and the way on. */
function Progress({ plan, isFinished, isGoing, problem }: Going) {
  const { t, format } = usePage();
  // More may fit by now than were counted.
  const total = Math.max(plan.total, plan.done);
  const text = t(bulkVerbs[plan.verb].done)(format.number(plan.done), format.number(total));
  return (
    <div id="bulk">
      <Panel title={t(isFinished ? words.finished : isGoing ? words.working : words.stopped)}>
        {problem && <Refusal problem={problem} />}
        <p role="status">{text}.</p>
        <progress max={Math.max(1, total)} value={isFinished ? Math.max(1, total) : plan.done} aria-label={text} />
        {!isFinished && (
          <>
            <p class="muted">{t(words.leaving)}</p>
            <PlanForm plan={plan} isAutomatic={isGoing}>
              <div class="buttons">
                {isGoing ? (
                  <a class="button" href={placeOf(plan)}>
                    {t(words.stop)}
                  </a>
                ) : (
                  <button type="submit" class="button primary">
                    {t(words.continue)}
                  </button>
                )}
              </div>
            </PlanForm>
          </>
        )}
        <p>
          <a href={addressOf("/deliveries", plan.filter)}>{t(words.toList)}</a>
        </p>
      </Panel>
    </div>
  );
}

/** Before it begins: what it means, and for how many. */
function Before({ counting }: { readonly counting: Counting | Problem }) {
  return (
    <div id="bulk">
      {"plan" in counting ? (
        <Panel>
          <Count {...counting} />
        </Panel>
      ) : (
        <Refusal problem={counting} />
      )}
    </div>
  );
}

async function whole(page: SignedIn, plan: Plan, part: ComponentChildren, status = 200): Promise<PageAnswer> {
  const { t } = page;
  const endpointName = await endpointNameOf(page, plan);
  const verb = bulkVerbs[plan.verb];
  const body = (
    <>
      <PageHead title={t(verb.title)} />
      <p>{t(verb.meaning)}</p>
      <Panel title={t(words.which)}>
        <Which plan={plan} endpointName={endpointName} />
      </Panel>
      {part}
    </>
  );
  return { title: t(verb.title), body, status };
}

/** Nothing was ticked: that means none of them, and by no means all. */
function nothingPicked(page: SignedIn, plan: Plan): Promise<PageAnswer> {
  const { t } = page;
  const part = (
    <Panel>
      <p role="alert">{t(words.nothingPicked)}</p>
      <p>
        <a class="button" href={addressOf("/deliveries", plan.filter)}>
          {t(words.toList)}
        </a>
      </p>
    </Panel>
  );
  return whole(page, plan, part, 422);
}

const isNothing = ({ isPicked, ids }: Plan) => isPicked && ids.length === 0;

async function show(page: SignedIn): Promise<PageAnswer> {
  const plan = planOf(page.query, page);
  if (isNothing(plan)) return nothingPicked(page, plan);
  const isFinished = page.query.has("finished");
  if (isFinished || plan.done > 0 || plan.cursor !== null) {
    return whole(page, plan, <Progress plan={plan} isFinished={isFinished} isGoing={false} />);
  }
  const from = { ...plan, cursor: page.query.get("from_cursor") };
  const counted = await orProblem(run(page, from, { dryRun: true, limit: COUNTED }));
  if ("problem" in counted) return whole(page, plan, <Before counting={counted.problem} />, counted.problem.status);
  const count = numberOf(page.query.get("counted")) + counted.value.count;
  const counting = { plan, count, next: counted.value.next };
  if (page.isPart) return { part: <Count {...counting} /> };
  return whole(page, plan, <Before counting={counting} />);
}

/** One set; the page that it answers asks for the next. */
async function go(page: SignedIn): Promise<PageAnswer> {
  const plan = planOf(page.form, page);
  if (isNothing(plan)) return nothingPicked(page, plan);
  const changed = await orProblem(run(page, plan, { dryRun: false, limit: CHANGED }));
  if ("problem" in changed) {
    const { problem } = changed;
    const part = <Progress plan={plan} isFinished={false} isGoing={false} problem={problem} />;
    return page.isPart ? { part, status: problem.status } : whole(page, plan, part, problem.status);
  }
  const { count, next } = changed.value;
  const after = { ...plan, cursor: next, done: plan.done + count };
  const isFinished = next === null;
  const place = placeOf(after);
  const address = isFinished ? `${place}&finished=1` : place;
  if (!page.isPart) return { location: address };
  // Whoever loads the page anew goes on from here.
  const headers = { "hx-replace-url": address };
  return { part: <Progress plan={after} isFinished={isFinished} isGoing={!isFinished} />, headers };
}

export const bulkPages: readonly Page[] = [
  { method: "GET", path: "/deliveries/bulk", roles: EVERYBODY, answer: show },
  { method: "POST", path: "/deliveries/bulk", roles: EVERYBODY, answer: go },
];
