import type { User } from "../account-types.js";
import { InputError } from "../errors.js";
import { refusal } from "../schemas/rules/rules.js";
import { LINK_LIFE_MS, type SignInLinks } from "../store/sign-in-links.js";
import type { UserInput, Users } from "../store/users.js";
import type { Author, Clock, Language } from "../types.js";
import { type LinkMailer, linkTo } from "./link-mail.js";
import type { AccountSessions } from "./sessions.js";

export interface UserParts {
  readonly users: Users;
  readonly sessions: Pick<AccountSessions, "changed">;
  readonly links: Pick<SignInLinks, "forUser">;
  readonly linkMail: LinkMailer;
  readonly clock: Clock;
  readonly publicUrl: string | null;
  /** How a customer is written to; null: there is none of this id. */
  customerOf(id: string): Promise<{ readonly language: Language; readonly timeZone: string | null } | null>;
}

/** What an admin does with users: whatever lets somebody in ends with what it was given for. */
export function createUserAdministration(parts: UserParts) {
  const { users, sessions, links, linkMail, clock, publicUrl, customerOf } = parts;

  async function linkOf(user: User, origin: string) {
    const kind = user.hasPassword ? "password" : "invitation";
    const linkExpiresAt = clock.now() + LINK_LIFE_MS[kind];
    const token = await links.forUser(kind, user);
    const customer = user.customer === null ? null : await customerOf(user.customer);
    const language = user.language ?? customer?.language ?? "en";
    const timeZone = customer?.timeZone ?? null;
    const mailed = await linkMail.send(kind, { email: user.email, language, timeZone }, token);
    return { link: linkTo(publicUrl ?? origin, token), linkExpiresAt, mailed };
  }

  return {
    get: users.get,
    list: users.list,
    async invite(input: UserInput, origin: string, author?: Author) {
      const user = await users.create(input, author);
      return { user, ...(await linkOf(user, origin)) };
    },
    async link(id: string, origin: string) {
      const user = await users.get(id);
      if (!user) throw InputError.notFound("user", id);
      if (user.disabledAt !== null) throw InputError.conflict(refusal("user_disabled"));
      return linkOf(user, origin);
    },
    async patch(...args: Parameters<Users["patch"]>) {
      const user = await users.patch(...args);
      sessions.changed(user.id);
      return user;
    },
    async delete(id: string, author?: Author) {
      const deleted = await users.delete(id, author);
      sessions.changed(id);
      return deleted;
    },
  };
}
