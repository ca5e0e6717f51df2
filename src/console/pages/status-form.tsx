import type { ComponentChildren } from "preact";
import { InputError } from "../../errors.js";
import { STATUSES } from "../../schemas/event.js";
import type { Problem } from "../../schemas/problem.js";
import { fault, refusal } from "../../schemas/rules/rules.js";
import { ActionButton, Csrf, SelectField, TextField } from "../components/form.js";
import { ChangedMeanwhile, isStale, Seen, stateFor, stateOf } from "../components/meanwhile.js";
import { PageHead, Panel, Text } from "../components/parts.js";
import type { Page, PageAnswer, SignedIn } from "../page.js";
import { problemOfInput } from "../problem.js";
import { Refusal } from "../refusal.js";
import { faultText } from "../told.js";
import { LANGUAGES } from "../word.js";
import { changedMeanwhile, common, languageNames } from "../words/common.js";
import { withNotice } from "../words/notices.js";
import { statusWords as words } from "../words/statuses.js";
import { type Row, readCatalogue } from "./catalogue.js";

/** What a form is about. */
interface Subject {
  readonly code: string;
  readonly status: string;
  readonly descriptions: Readonly<Record<string, string>>;
  /** The rows that the code has. */
  readonly held: readonly Row[];
  /** The code is chosen in the form. */
  readonly isNew: boolean;
  /** Another has changed the code since the form was made. */
  readonly isOvertaken?: boolean;
}

/** The faults of a refusal by the fields of the form. */
function faultsOf(problem: Problem | null): ReadonlyMap<string, ComponentChildren> {
  const faults = (problem?.errors ?? []).map((found) => {
    const field = found.path === "{code}" ? "code" : found.path.replace(/^\/(descriptions\/)?/, "");
    return [field, faultText(found)] as const;
  });
  return new Map(faults.reverse());
}

function Fields({ subject, problem, page }: { subject: Subject; problem: Problem | null; page: SignedIn }) {
  const { t } = page;
  const errors = faultsOf(problem);
  const { code, status, descriptions, isNew } = subject;
  return (
    <>
      {isNew ? (
        <TextField
          name="code"
          label={`${t(words.code)} *`}
          help={t(words.codeHelp)}
          error={errors.get("code")}
          value={code}
          required
          maxLength={100}
        />
      ) : (
        <input type="hidden" name="code" value={code} />
      )}
      <SelectField
        name="status"
        label={t(common.status)}
        help={t(words.statusHelp)}
        error={errors.get("status")}
        value={status}
        options={STATUSES.map((value) => ({ value, label: value }))}
      />
      {LANGUAGES.map((language) => (
        <TextField
          key={language}
          name={language}
          label={t(languageNames[language])}
          help={t(words.textHelp)}
          error={errors.get(language)}
          value={descriptions[language] ?? ""}
          maxLength={500}
        />
      ))}
    </>
  );
}

function formPage(page: SignedIn, subject: Subject, problem: Problem | null = null): PageAnswer {
  const { t } = page;
  const { code, held, isNew, isOvertaken = false } = subject;
  const title = isNew ? t(words.new) : t(words.change)(code);
  return {
    title,
    status: isOvertaken ? 409 : (problem?.status ?? 200),
    body: (
      <>
        <PageHead title={<Text>{title}</Text>} />
        {held.length > 1 && !isNew && <p class="notice warn">{t(words.several)(page.format.number(held.length))}</p>}
        <form method="post" action="/statuses/edit" class="panel narrow">
          <Csrf />
          {isNew && <input type="hidden" name="new" value="yes" />}
          {!isNew && <Seen state={stateFor(page.form, stateOf(held), isOvertaken)} />}
          {isOvertaken && <ChangedMeanwhile address={`/statuses/edit?${new URLSearchParams({ code })}`} />}
          {problem && <Refusal problem={problem} />}
          <Fields subject={subject} problem={problem} page={page} />
          <button type="submit" class="button primary">
            {t(isOvertaken ? changedMeanwhile.save : common.save)}
          </button>
        </form>
        {held.length > 0 && !isNew && page.may("deleteStatus") && (
          <Panel title={t(words.remove)}>
            <p class="muted small">{t(words.removeHelp)}</p>
            <ActionButton
              action="/statuses/delete"
              class="button danger"
              values={{ code }}
              confirm={t(words.removeConfirm)}
            >
              {t(words.remove)}
            </ActionButton>
          </Panel>
        )}
      </>
    ),
  };
}

const heldOf = async (page: SignedIn, code: string) => (await readCatalogue(page)).filter((row) => row.code === code);

/** The code that the address names: as the catalogue has it, else as the address says. */
async function open(page: SignedIn): Promise<PageAnswer> {
  const { query } = page;
  const code = (query.get("code") ?? "").slice(0, 100);
  const held = await heldOf(page, code);
  const [first] = held;
  const given = Object.fromEntries(LANGUAGES.map((language) => [language, (query.get(language) ?? "").slice(0, 500)]));
  const known = first ?? { status: query.get("status") ?? "PROCESSING", descriptions: given };
  return formPage(page, { ...known, code, held, isNew: first === undefined });
}

/** The texts of the form, and those in languages that it does not have. */
function textsOf(form: URLSearchParams, held: Row | undefined): Record<string, string> {
  const texts = new Map(Object.entries(held?.descriptions ?? {}));
  for (const language of LANGUAGES) {
    const text = (form.get(language) ?? "").trim();
    if (text !== "" || texts.has(language)) texts.set(language, text);
  }
  return Object.fromEntries(texts);
}

const taken = () => problemOfInput(InputError.conflict(refusal("code_taken"), [fault("{code}", "code_known")]));

/** What the form holds. */
async function typed(page: SignedIn): Promise<Subject> {
  const { form } = page;
  const code = form.get("code") ?? "";
  const held = await heldOf(page, code);
  const status = form.get("status") ?? "";
  return { code, status, descriptions: textsOf(form, held[0]), held, isNew: form.get("new") === "yes" };
}

async function save(page: SignedIn): Promise<PageAnswer> {
  const subject = await typed(page);
  const { code, status, descriptions, held, isNew } = subject;
  // The API would put it in the place of what is there, which nobody has looked at.
  if (isNew && held.length > 0) return formPage(page, subject, taken());
  if (isStale(page.form, stateOf(held))) return formPage(page, { ...subject, isOvertaken: true });
  try {
    await page.call("putStatus", { params: { code }, body: { status, descriptions } });
  } catch (error) {
    return formPage(page, subject, problemOfInput(error));
  }
  return { location: withNotice(`/statuses?${new URLSearchParams({ q: code })}`, "saved") };
}

async function remove(page: SignedIn): Promise<PageAnswer> {
  await page.call("deleteStatus", { params: { code: page.form.get("code") ?? "" } });
  return { location: withNotice("/statuses", "deleted") };
}

const roles = ["admin", "operator"] as const;

/** The form in which codes are added to the catalogue, changed and taken out of it. */
export const statusFormPages: readonly Page[] = [
  { method: "GET", path: "/statuses/edit", roles, answer: open },
  {
    method: "POST",
    path: "/statuses/edit",
    roles,
    answer: save,
    again: async (page) => formPage(page, await typed(page)),
  },
  { method: "POST", path: "/statuses/delete", roles, answer: remove },
];
