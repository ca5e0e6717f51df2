import { createHash } from "node:crypto";
import { changedMeanwhile as words } from "../words/common.js";
import { Moment } from "./parts.js";
import { usePage } from "./use-page.js";

const SEEN = "seen";

/** What tells one state of a thing from the next, where nothing counts its versions. */
export const stateOf = (thing: unknown): string =>
  createHash("sha256").update(JSON.stringify(thing)).digest("base64url").slice(0, 22);

/** In which state somebody saw what their form changes. */
export const Seen = ({ state }: { readonly state: string }) => <input type="hidden" name={SEEN} value={state} />;

/** Whether a form changes what has been changed since its page was made. */
export function isStale(form: URLSearchParams, state: string): boolean {
  const seen = form.get(SEEN);
  return seen !== null && seen !== state;
}

/** The state that a form was made of; null: it does not say. */
export const seenIn = (form: URLSearchParams): string | null => form.get(SEEN);

/** The state that a form is to hold which is shown again: the one that was seen, until its user is told of another. */
export const stateFor = (form: URLSearchParams, state: string, isOvertaken: boolean): string =>
  isOvertaken ? state : (seenIn(form) ?? state);

interface Props {
  /** Where it stands as it is now. */
  readonly address: string;
  readonly changedAt?: string | undefined;
}

/** Why a form was not saved that would have undone what another had changed; saving it once more does. */
export function ChangedMeanwhile({ address, changedAt }: Props) {
  const { t } = usePage();
  return (
    <div class="notice warn" role="alert">
      <p>
        <strong>{t(words.title)}</strong>{" "}
        {changedAt !== undefined && (
          <>
            (<Moment at={changedAt} />)
          </>
        )}
      </p>
      <p>{t(words.help)}</p>
      <p>
        <a href={address} target="_blank" rel="noopener">
          {t(words.look)}
        </a>
      </p>
    </div>
  );
}
