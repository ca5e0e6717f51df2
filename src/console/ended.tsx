import { usePage } from "./components/use-page.js";
import type { PageAnswer } from "./page.js";
import { endedWords as words } from "./words/sign-in.js";

/** Said where a page stays as it is while nobody is signed in any more. */
export function Ended() {
  const { t } = usePage();
  return (
    <p>
      {t(words.ended)} {t(words.stays)}{" "}
      <a href="/sign-in" target="_blank" rel="noopener">
        {t(words.signIn)}
      </a>
    </p>
  );
}

/** Said once its user has signed in again elsewhere: what the page holds is of the session before. */
export function Renewed() {
  const { t } = usePage();
  return <p>{t(words.renewed)}</p>;
}

/** What a part of a page is answered in place of what it asked for, by a header that its script knows: with a 403 to who has signed in again. */
export function endedPart(status: 401 | 403): PageAnswer {
  const isRenewed = status === 403;
  const part = (
    <div class="notice warn" role="alert">
      {isRenewed ? <Renewed /> : <Ended />}
    </div>
  );
  return { part, status, headers: { "waybell-session": isRenewed ? "renewed" : "ended" } };
}

/** A form that is shown again, as it was typed before its session ended. */
export function shownAgain(answer: PageAnswer, said: string, status: number): PageAnswer {
  if (!("title" in answer)) return answer;
  const body = (
    <>
      <p class="notice warn" role="alert">
        {said}
      </p>
      {answer.body}
    </>
  );
  return { ...answer, body, status };
}
