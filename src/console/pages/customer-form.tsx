import type { Static } from "typebox";
import { InputError } from "../../errors.js";
import type { CustomerAnswer } from "../../schemas/customer.js";
import type { Problem } from "../../schemas/problem.js";
import { fault, refusal } from "../../schemas/rules/rules.js";
import { Csrf, SelectField, TextField } from "../components/form.js";
import { ChangedMeanwhile, isStale, Seen, stateFor, stateOf } from "../components/meanwhile.js";
import { PageHead, Text } from "../components/parts.js";
import type { PageAnswer, SignedIn } from "../page.js";
import { problemOfInput } from "../problem.js";
import { Refusal } from "../refusal.js";
import { LANGUAGES } from "../word.js";
import { changedMeanwhile, common, languageNames } from "../words/common.js";
import { portalActions, customers as words } from "../words/customers.js";
import { withNotice } from "../words/notices.js";
import { orProblem } from "./deliveries/shared.js";
import { faultsOf } from "./endpoints/setting.js";

/** A customer as the API shows it. */
export type Customer = Static<typeof CustomerAnswer> & {
  readonly portal?: { readonly enabled: boolean; readonly may: readonly string[] };
};

/** A customer's page, or one below it. */
export const at = (id: string, more = "") => `/customers/${encodeURIComponent(id)}${more}`;

interface FormProps {
  readonly id: string | null;
  readonly customer: Partial<Customer>;
  /** As it is kept, which the form changes. */
  readonly held?: Customer | null;
  /** Another has changed it since the form was made. */
  readonly isOvertaken?: boolean;
  readonly problem: Problem | null;
  readonly page: SignedIn;
}

function PortalFields({ customer: { portal }, page: { t } }: Pick<FormProps, "customer" | "page">) {
  return (
    <fieldset>
      <legend>{t(words.portal)}</legend>
      <label>
        <input type="checkbox" name="portal.enabled" value="yes" checked={portal?.enabled ?? false} />
        {t(words.portalEnabled)}
      </label>
      <p class="muted small">{t(words.portalMay)}</p>
      {(["test", "retry", "pause", "edit", "create"] as const).map((action) => (
        <label key={action} class="choice">
          <input type="checkbox" name="portal.may" value={action} checked={portal?.may.includes(action) ?? false} />
          {t(portalActions[action])}
        </label>
      ))}
    </fieldset>
  );
}

function CustomerForm({ id, customer, held, isOvertaken = false, problem, page }: FormProps) {
  const { t } = page;
  const errors = faultsOf(problem?.errors ?? []);
  const zones = ["", ...Intl.supportedValuesOf("timeZone")];
  const days = (name: "retentionDays" | "payloadDays") => (
    <TextField
      name={name}
      label={t(words[name])}
      help={t(words.daysHelp)}
      error={errors.get(name)}
      value={customer[name] === null || customer[name] === undefined ? "" : String(customer[name])}
    />
  );
  return (
    <form method="post" class="panel narrow">
      <Csrf />
      {held && <Seen state={stateFor(page.form, stateOf(held), isOvertaken)} />}
      {isOvertaken && held && <ChangedMeanwhile address={at(held.id)} changedAt={held.updatedAt} />}
      {problem && <Refusal problem={problem} />}
      {id === null && (
        <TextField
          name="id"
          label={`${t(words.id)} *`}
          help={t(words.idHelp)}
          value={customer.id}
          required
          maxLength={100}
        />
      )}
      <TextField
        name="name"
        label={t(words.name)}
        help={t(words.nameHelp)}
        error={errors.get("name")}
        value={customer.name}
        maxLength={200}
      />
      <TextField
        name="emails"
        label={t(words.emails)}
        help={t(words.emailsHelp)}
        error={errors.get("emails")}
        value={(customer.emails ?? []).join(", ")}
      />
      <div class="field-row">
        <SelectField
          name="language"
          label={t(words.language)}
          help={t(words.languageHelp)}
          value={customer.language ?? "en"}
          options={LANGUAGES.map((each) => ({ value: each, label: t(languageNames[each]) }))}
        />
        <SelectField
          name="timeZone"
          label={t(words.timeZone)}
          help={t(words.timeZoneHelp)}
          value={customer.timeZone ?? ""}
          options={zones.map((zone) => ({ value: zone, label: zone === "" ? t(words.asService) : zone }))}
        />
      </div>
      <div class="field-row">
        {days("retentionDays")}
        {days("payloadDays")}
      </div>
      <PortalFields customer={customer} page={page} />
      <button type="submit" class="button primary">
        {t(isOvertaken ? changedMeanwhile.save : common.save)}
      </button>
    </form>
  );
}

const numberOrNull = (text: string) =>
  text.trim() === "" ? null : /^\d{1,9}$/.test(text.trim()) ? Number(text) : text;

/** What the form holds of a customer; the rest of `held` stays. */
function inputOf(form: URLSearchParams, held: Partial<Customer>): Record<string, unknown> {
  const emails = (form.get("emails") ?? "").split(/[,\s]+/).filter((address) => address !== "");
  return {
    name: (form.get("name") ?? "").trim(),
    emails,
    language: form.get("language") ?? "en",
    timeZone: (form.get("timeZone") ?? "") === "" ? null : form.get("timeZone"),
    ...(held.callbackTemplate ? { callbackTemplate: held.callbackTemplate } : {}),
    retentionDays: numberOrNull(form.get("retentionDays") ?? ""),
    payloadDays: numberOrNull(form.get("payloadDays") ?? ""),
    portal: { enabled: form.get("portal.enabled") === "yes", may: form.getAll("portal.may") },
  };
}

/** The form of a customer, new or kept, with what is wrong with what was typed. */
export function formAnswer(props: FormProps): PageAnswer {
  const { t } = props.page;
  const title = props.id === null ? t(words.new) : t(words.change)(props.customer.name || props.id);
  return {
    title,
    status: props.isOvertaken ? 409 : props.problem ? 422 : 200,
    body: (
      <>
        <PageHead title={<Text>{title}</Text>} />
        <CustomerForm {...props} />
      </>
    ),
  };
}

/** The form of a customer as it was typed. */
export function typedAgain(page: SignedIn, id: string, held: Customer | null, problem: Problem | null = null) {
  const customer = { ...inputOf(page.form, held ?? {}), id } as Partial<Customer>;
  return { id: held ? id : null, customer, held, problem, page };
}

const taken = () => problemOfInput(InputError.conflict(refusal("customer_taken"), [fault("{customer}", "name_taken")]));

/** Keeps what the form holds; `held`: the customer that it changes. */
export async function saved(page: SignedIn, id: string, held: Customer | null): Promise<PageAnswer> {
  const body = inputOf(page.form, held ?? {});
  // The API would put it in the place of the customer that is there, whom nobody has looked at.
  if (!held && id !== "" && "value" in (await orProblem(page.read("getCustomer", { params: { customer: id } })))) {
    return formAnswer(typedAgain(page, id, null, taken()));
  }
  if (held && isStale(page.form, stateOf(held))) {
    return formAnswer({ ...typedAgain(page, id, held), isOvertaken: true });
  }
  try {
    await page.call("putCustomer", { params: { customer: id }, body });
    return { location: withNotice(at(id), "saved") };
  } catch (error) {
    return formAnswer(typedAgain(page, id, held, problemOfInput(error)));
  }
}
