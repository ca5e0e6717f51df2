import type { VNode } from "preact";
import { ActionButton } from "../../components/form.js";
import { PageHead, Panel, Text } from "../../components/parts.js";
import { SEALED } from "../../form.js";
import { EVERYBODY, type Page, type PageAnswer, type SignedIn } from "../../page.js";
import { seal, unseal } from "../../seal.js";
import { endpointFiles as words } from "../../words/endpoint-files.js";
import { withNotice } from "../../words/notices.js";
import { at } from "../customer-form.js";
import { applyPlan } from "./apply.js";
import { exportFile } from "./export.js";
import { FileFaults, FileForm, PlanTable } from "./parts.js";
import { changesOf, isSound, type Plan, planFile } from "./plan.js";

const customerOf = ({ params }: SignedIn): string => params.customer ?? "";
const addressOf = (customer: string, more = "") => at(customer, `/endpoints/import${more}`);

interface Shown {
  readonly status?: number;
  /** Said above everything else. */
  readonly notice?: string;
  readonly children?: VNode;
}

/** The page of an import, with what came of it so far. Throws a 404 for another's customer. */
async function importPage(page: SignedIn, { status = 200, notice, children }: Shown): Promise<PageAnswer> {
  const { t } = page;
  const customer = customerOf(page);
  await page.call("getCustomer", { params: { customer } });
  const title = t(words.title)(customer);
  return {
    title,
    status,
    body: (
      <>
        <PageHead title={<Text>{title}</Text>} />
        <p class="muted">{t(words.intro)}</p>
        {notice !== undefined && (
          <div class="notice warn" role="alert">
            {notice}
          </div>
        )}
        {children}
        <FileForm action={addressOf(customer)} />
      </>
    ),
  };
}

function planPage(page: SignedIn, plan: Plan, text: string, notice?: string): Promise<PageAnswer> {
  const { t } = page;
  const customer = customerOf(page);
  const sound = isSound(plan);
  const sealed = sound ? seal(page.request, JSON.stringify({ customer, digest: plan.digest, text })) : "";
  const children = (
    <Panel title={sound ? t(words.changes) : t(words.faults)}>
      {!sound && (
        <div class="notice bad" role="alert">
          {t(words.faulty)}
        </div>
      )}
      {plan.customer.put === null && <FileFaults faults={plan.faults} />}
      {(sound || plan.steps.length > 0) && <PlanTable plan={plan} caption={t(words.changes)} />}
      {sound && changesOf(plan) === 0 && <p>{t(words.nothing)}</p>}
      {sound && changesOf(plan) > 0 && (
        <ActionButton action={addressOf(customer, "/apply")} class="button primary" values={{ [SEALED]: sealed }}>
          {t(words.apply)}
        </ActionButton>
      )}
    </Panel>
  );
  return importPage(page, { status: sound ? 200 : 422, children, ...(notice === undefined ? {} : { notice }) });
}

async function look(page: SignedIn): Promise<PageAnswer> {
  // An empty file is what a browser sends where none was chosen.
  const text = page.form.get("file") || page.form.get("text") || "";
  return planPage(page, await planFile(page, customerOf(page), text), text);
}

/** What was looked at, from the form that its page held; null: it is of another session or customer. */
function looked(page: SignedIn): { readonly digest: string; readonly text: string } | null {
  const opened = unseal(page.request, page.form.get(SEALED) ?? "");
  if (opened === null) return null;
  const { customer, digest, text } = JSON.parse(opened) as Record<"customer" | "digest" | "text", string>;
  return customer === customerOf(page) ? { digest, text } : null;
}

async function apply(page: SignedIn): Promise<PageAnswer> {
  const { t } = page;
  const customer = customerOf(page);
  const seen = looked(page);
  if (seen === null) return importPage(page, { status: 422, notice: t(words.notSent) });
  const plan = await planFile(page, customer, seen.text);
  if (plan.digest !== seen.digest || !isSound(plan)) return planPage(page, plan, seen.text, t(words.changedSince));
  const { plan: applied, changed } = await applyPlan(page, customer, plan);
  if (isSound(applied)) {
    return { location: withNotice(page.role === "customer" ? "/endpoints" : at(customer), "imported", changed) };
  }
  const children = (
    <Panel title={t(words.outcome)}>
      <PlanTable plan={applied} caption={t(words.outcome)} />
    </Panel>
  );
  return importPage(page, { status: 422, notice: t(words.partly), children });
}

const roles = ["admin", "operator", "customer"] as const;
const path = "/customers/:customer/endpoints/import";

/** A customer's endpoints as a file, and back: every change by the API's own operations, as who is signed in. */
export const endpointFilePages: readonly Page[] = [
  {
    method: "GET",
    path: "/customers/:customer/endpoints.yaml",
    roles: EVERYBODY,
    answer: (page) => exportFile(page, customerOf(page)),
  },
  { method: "GET", path, roles, answer: (page) => importPage(page, {}) },
  { method: "POST", path, roles, answer: look },
  { method: "POST", path: `${path}/apply`, roles, answer: apply },
];
