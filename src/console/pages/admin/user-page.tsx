import type { Static } from "typebox";
import type { Problem } from "../../../schemas/problem.js";
import type { UserAnswer } from "../../../schemas/user.js";
import { ActionButton, Csrf } from "../../components/form.js";
import { ChangedMeanwhile, Seen, stateFor, stateOf } from "../../components/meanwhile.js";
import { Badge, Facts, Moment, PageHead, Panel, Text } from "../../components/parts.js";
import type { PageAnswer, SignedIn } from "../../page.js";
import { changedMeanwhile, common } from "../../words/common.js";
import { userWords as words } from "../../words/users.js";
import { UserFields, UserRefusal, type UserValues } from "./user-form.js";

export type User = Static<typeof UserAnswer>;

/** The page of a user. */
export const addressOf = (id: string) => `/users/${encodeURIComponent(id)}`;

/** Whether a user is let in, and has ever come. */
export function UserState({ user, page: { t } }: { readonly user: User; readonly page: SignedIn }) {
  if (user.disabledAt !== null) return <Badge tone="bad">{t(words.disabled)}</Badge>;
  const isReady = user.hasPassword || user.hasSingleSignOn || user.lastSignedInAt !== null;
  return isReady ? <Badge tone="good">{t(words.active)}</Badge> : <Badge tone="info">{t(words.invited)}</Badge>;
}

function Actions({ user, page: { t } }: { readonly user: User; readonly page: SignedIn }) {
  const isDisabled = user.disabledAt !== null;
  const at = addressOf(user.id);
  return (
    <Panel title={t(common.actions)}>
      {!isDisabled && <p class="muted">{t(words.newLinkHelp)}</p>}
      <p class="muted">{t(words.disableHelp)}</p>
      <div class="buttons">
        {!isDisabled && <ActionButton action={`${at}/link`}>{t(words.newLink)}</ActionButton>}
        <ActionButton action={`${at}/${isDisabled ? "enable" : "disable"}`}>
          {t(isDisabled ? words.enable : words.disable)}
        </ActionButton>
        <ActionButton action={`${at}/delete`} class="button danger" confirm={t(words.deleteSure)}>
          {t(common.delete)}
        </ActionButton>
      </div>
    </Panel>
  );
}

const valuesOf = ({ email, name, role, customer, language }: User): UserValues => ({
  email,
  name,
  role,
  customer: customer ?? "",
  language: language ?? "",
});

/** What somebody saw of a user that their form changes. */
export const stateOfUser = (user: User): string => stateOf(valuesOf(user));

interface UserPage {
  readonly user: User;
  readonly values?: UserValues;
  readonly problem?: Problem | undefined;
  /** Another has changed the user since the form was made. */
  readonly isOvertaken?: boolean;
}

/** A user, with the form that changes them and what can be done. */
export function userPage(
  page: SignedIn,
  { user, values = valuesOf(user), problem, isOvertaken = false }: UserPage,
): PageAnswer {
  const { t } = page;
  const body = (
    <>
      <PageHead title={<Text>{user.email}</Text>} />
      <UserRefusal problem={problem} page={page} />
      <Panel>
        <Facts
          facts={[
            [t(common.state), <UserState user={user} page={page} />],
            [t(words.since), <Moment at={user.createdAt} />],
            [t(words.lastSeen), <Moment at={user.lastSignedInAt} />],
          ]}
        />
      </Panel>
      <form method="post" action={addressOf(user.id)} class="panel">
        <Csrf />
        <Seen state={stateFor(page.form, stateOfUser(user), isOvertaken)} />
        {isOvertaken && <ChangedMeanwhile address={addressOf(user.id)} />}
        <UserFields values={values} problem={problem} page={page} isNew={false} />
        <div class="buttons">
          <button type="submit" class="button primary">
            {t(isOvertaken ? changedMeanwhile.save : common.save)}
          </button>
        </div>
      </form>
      <Actions user={user} page={page} />
      <p>
        <a href="/users">{t(words.back)}</a>
      </p>
    </>
  );
  return { title: user.email, body, status: isOvertaken ? 409 : (problem?.status ?? 200) };
}
