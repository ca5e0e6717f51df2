import type { Problem } from "../../../schemas/problem.js";
import { USER_ROLES } from "../../../schemas/user.js";
import { SelectField, TextField } from "../../components/form.js";
import type { SignedIn } from "../../page.js";
import { Refusal } from "../../refusal.js";
import { LANGUAGE_NAMES, LANGUAGES, type Word } from "../../word.js";
import { common } from "../../words/common.js";
import { faultWords } from "../../words/sign-in.js";
import { roleHelp, roleNames, userWords as words } from "../../words/users.js";

/** What stands in the form: of a user, or as it was sent. */
export interface UserValues {
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly customer: string;
  readonly language: string;
}

/** The values of a form that was posted. */
export function postedUser(form: URLSearchParams): UserValues {
  const of = (name: string) => (form.get(name) ?? "").trim();
  return { email: of("email"), name: of("name"), role: of("role"), customer: of("customer"), language: of("language") };
}

/** The values as the API takes them. */
export const userBody = ({ name, role, customer, language }: UserValues) => ({
  name,
  role,
  customer: customer === "" ? null : customer,
  language: language === "" ? null : language,
});

const FAULTS: Readonly<Record<string, Word>> = {
  "/email": faultWords.email,
  "/customer": words.faultyCustomer,
  "/name": faultWords.name,
};

/** What is wrong with a field, in the reader's language. */
function errorOf(field: string, problem: Problem | undefined): Word | undefined {
  const found = problem?.errors.find(({ path }) => path === field);
  if (!found) return undefined;
  return problem?.status === 409 ? faultWords.taken : FAULTS[field];
}

/** A refusal that no field says. */
export function UserRefusal({ problem, page }: { readonly problem: Problem | undefined; readonly page: SignedIn }) {
  if (!problem || problem.errors.some(({ path }) => path in FAULTS)) return null;
  if (problem.status !== 409) return <Refusal problem={problem} />;
  return (
    <p class="notice bad" role="alert">
      {page.t(words.lastAdmin)}
    </p>
  );
}

interface FieldsProps {
  readonly values: UserValues;
  readonly problem?: Problem | undefined;
  readonly page: SignedIn;
  /** The address is chosen once. */
  readonly isNew: boolean;
}

/** The fields of a user. */
export function UserFields({ values, problem, page, isNew }: FieldsProps) {
  const { t } = page;
  const error = (field: string) => {
    const word = errorOf(field, problem);
    return word && t(word);
  };
  return (
    <>
      {isNew && (
        <TextField
          name="email"
          type="email"
          label={t(words.email)}
          help={t(words.emailHelp)}
          value={values.email}
          required
          autoComplete="off"
          error={error("/email")}
        />
      )}
      <TextField
        name="name"
        label={t(common.name)}
        help={t(words.nameHelp)}
        value={values.name}
        maxLength={200}
        error={error("/name")}
      />
      <SelectField
        name="role"
        label={t(words.role)}
        help={t(words.roleHelp)}
        value={values.role}
        options={USER_ROLES.map((value) => ({ value, label: `${t(roleNames[value])}: ${t(roleHelp[value])}` }))}
      />
      <TextField
        name="customer"
        label={t(common.customer)}
        help={t(words.customerHelp)}
        value={values.customer}
        maxLength={100}
        error={error("/customer")}
      />
      <SelectField
        name="language"
        label={t(words.language)}
        help={t(words.languageHelp)}
        value={values.language}
        options={[
          { value: "", label: t(words.asBrowser) },
          ...LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] })),
        ]}
      />
    </>
  );
}
