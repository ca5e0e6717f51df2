import { usePage } from "./components/use-page.js";
import type { PageAnswer } from "./page.js";
import { endedWords as words } from "./words/sign-in.js";

/** By which a script knows that the session has ended: its page stays, and says so. */
const HEADERS = { "waybell-session": "ended" };

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

/** What a part of a page is answered in place of what it asked for. */
export function endedPart(status: 401 | 403): PageAnswer {
  const part = (
    <div class="notice warn" role="alert">
      <Ended />
    </div>
  );
  return { part, status, headers: HEADERS };
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
