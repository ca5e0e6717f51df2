import type { Problem } from "../schemas/problem.js";
import { usePage } from "./components/use-page.js";
import { FaultPlace, faultText, RefusalText } from "./told.js";
import type { Word } from "./word.js";
import { common } from "./words/common.js";
import { refusals } from "./words/shell.js";

/** Refused for the form that was sent: to another one of the same user it would be granted. */
const OF_FORMS: ReadonlySet<string | undefined> = new Set(["other_site", "other_user"]);

function titleOf({ status, code, rule }: Problem): Word {
  if (code === "internal") return refusals.broken;
  if (OF_FORMS.has(rule)) return refusals.faulty;
  if (status === 404) return refusals.notFound;
  if (status === 403) return refusals.forbidden;
  return status === 429 || status === 503 ? refusals.busy : refusals.faulty;
}

/** The faulty fields of a refusal, each with what is wrong with it. */
export function Faults({ errors }: Pick<Problem, "errors">) {
  const { t } = usePage();
  if (errors.length === 0) return null;
  return (
    <ul class="faults" aria-label={t(common.fault)}>
      {errors.map((fault) => (
        <li key={fault.path + fault.message}>
          <FaultPlace path={fault.path} /> {faultText(fault)}
        </li>
      ))}
    </ul>
  );
}

/** What the API would answer as a problem document, in place: for forms that were refused. */
export function Refusal({ problem }: { readonly problem: Problem }) {
  const { t } = usePage();
  return (
    <div class="notice bad" role="alert">
      <p>
        <strong>{t(titleOf(problem))}</strong>
      </p>
      <p>
        <RefusalText problem={problem} />
      </p>
      <Faults errors={problem.errors} />
      {problem.incident !== undefined && (
        <p>
          {t(refusals.incident)} <code>{problem.incident}</code>
        </p>
      )}
    </div>
  );
}

/** A page that cannot be shown, and why. */
export function RefusalPage({ problem }: { readonly problem: Problem }) {
  const { t } = usePage();
  return (
    <>
      <h1>{t(titleOf(problem))}</h1>
      <p>
        <RefusalText problem={problem} />
      </p>
      <Faults errors={problem.errors} />
      {problem.incident !== undefined && (
        <p>
          {t(refusals.incident)} <code>{problem.incident}</code>
        </p>
      )}
      <p>
        <a class="button" href="/">
          {t(refusals.back)}
        </a>
      </p>
    </>
  );
}

export const refusalTitle = titleOf;
