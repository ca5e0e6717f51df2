import type { User } from "../account-types.js";
import { FailedKeys } from "../api/failed-keys.js";
import type { Entered, Faulty, LinkForm, OpenLink, Refused, Visitor } from "../console/accounts.js";
import { InputError } from "../errors.js";
import type { PortalCustomer } from "../store/portal-customers.js";
import type { SignInLink, SignInLinks } from "../store/sign-in-links.js";
import type { Users } from "../store/users.js";
import type { Author } from "../types.js";
import type { LinkMailer } from "./link-mail.js";
import { BusyError, passwordFault } from "./password.js";
import type { AccountSessions } from "./sessions.js";
import { busy, emailOf, enter, type SignInParts, wrong } from "./sign-in.js";

export interface LinkParts extends SignInParts {
  readonly users: Users;
  readonly sessions: AccountSessions;
  readonly links: SignInLinks;
  readonly linkMail: LinkMailer;
  portalCustomers(email: string): Promise<PortalCustomer[]>;
}

const MOST_NAME = 200;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Who changes an account that is their own. */
export const themselves = ({ id, email, role }: Pick<User, "id" | "email" | "role">, address: string) => {
  const author: Author = { keyId: id, keyName: email, role, address, operation: "" };
  return (operation: string): Author => ({ ...author, operation });
};

/** What is wrong with what somebody chose; null: nothing. */
function faultOf({ name, password }: LinkForm): Faulty | null {
  if (name.trim().length > MOST_NAME) return { fault: "name" };
  const fault = passwordFault(password);
  return fault && { fault };
}

/** The first admin, by the link that the start has shown: there is one, however many open it. */
async function makeFirstAdmin(token: string, form: LinkForm, visitor: Visitor, parts: LinkParts) {
  const { users, links, passwords } = parts;
  const email = emailOf(form.email);
  if (email === "") return { fault: "email" } as const;
  const passwordHash = await passwords.hash(form.password);
  const author = themselves({ id: "first-admin", email, role: "admin" }, visitor.address)("makeFirstAdmin");
  return users.exclusive(async () => {
    if ((await users.hasAdmin()) || !(await links.find(token))) return wrong;
    try {
      const input = { email, name: form.name.trim(), role: "admin" } as const;
      const made = await users.create(input, author, { passwordHash });
      await links.endFirstAdmin();
      return enter(made, visitor, parts);
    } catch (error) {
      if (error instanceof InputError && error.status === 409) return { fault: "taken" } as const;
      throw error;
    }
  });
}

/** The password of a user who was invited, or has none that they know. */
async function choosePassword(token: string, link: SignInLink, form: LinkForm, visitor: Visitor, parts: LinkParts) {
  const { users, links, passwords, sessions } = parts;
  const hash = await passwords.hash(form.password);
  const used = await links.use(token);
  const user = used?.userId ? await users.get(used.userId) : null;
  if (!user || user.disabledAt !== null) return wrong;
  const author = themselves(user, visitor.address);
  await users.setPassword(user.id, hash, {
    author: author(link.kind === "invitation" ? "acceptInvitation" : "resetPassword"),
  });
  sessions.changed(user.id);
  const name = form.name.trim();
  if (link.kind === "invitation" && name !== "" && name !== user.name) {
    await users.patch(user.id, { name }, author("acceptInvitation"));
  }
  return enter(user, visitor, parts);
}

/** Whoever reads the mail of a customer's address. */
async function enterPortal(token: string, form: LinkForm, visitor: Visitor, parts: LinkParts) {
  const { links, sessions, users, logger, portalCustomers } = parts;
  const found = await links.find(token);
  if (!found) return wrong;
  const customers = await portalCustomers(found.email);
  const chosen =
    customers.find(({ id }) => id === form.customer) ?? (customers.length === 1 ? customers[0] : undefined);
  if (!chosen) return { refused: "portal", seconds: 0 } as const;
  if (!(await links.use(token))) return wrong;
  const user = chosen.userId === null ? null : await users.get(chosen.userId);
  if (user) return enter(user, visitor, parts);
  const { address, agent } = visitor;
  logger.info({ customer: chosen.id, address }, "signed in to the portal");
  return { token: await sessions.beginPortal(found.email, chosen.id, { address, agent }) };
}

/** Signing in by links. */
export function createLinks(parts: LinkParts) {
  const { users, links, linkMail, portalCustomers, clock, logger } = parts;
  /** Who asks for links, by where they come from: whether an address is known cannot be learned, and costs a look. */
  const asked = new FailedKeys(clock);
  const underWay = new Set<Promise<void>>();

  async function mailLink(email: string): Promise<void> {
    const [first] = await portalCustomers(email);
    if (!first) return;
    const token = await links.forPortal(email);
    if (token === null) return;
    await linkMail.send("portal", first, token);
    logger.info({ customer: first.id }, "a link to sign in goes to an address of a customer's");
  }

  async function open(token: string): Promise<OpenLink | null> {
    const link = TOKEN.test(token) ? await links.find(token) : null;
    if (!link) return null;
    const { kind, userId, email } = link;
    if (kind === "first-admin") {
      return (await users.hasAdmin()) ? null : { kind, email: "", name: "", customers: [] };
    }
    if (kind === "portal") return { kind, email, name: "", customers: await portalCustomers(email) };
    const user = userId === null ? null : await users.get(userId);
    if (!user || user.disabledAt !== null) return null;
    return { kind, email: user.email, name: user.name, customers: [] };
  }

  async function use(token: string, form: LinkForm, visitor: Visitor): Promise<Entered | Refused | Faulty> {
    const link = TOKEN.test(token) ? await links.find(token) : null;
    if (!link) return wrong;
    if (link.kind === "portal") return enterPortal(token, form, visitor, parts);
    const fault = faultOf(form);
    if (fault) return fault;
    if (link.kind === "first-admin") return makeFirstAdmin(token, form, visitor, parts);
    return choosePassword(token, link, form, visitor, parts);
  }

  return {
    open,
    use: (token: string, form: LinkForm, visitor: Visitor): Promise<Entered | Refused | Faulty> =>
      use(token, form, visitor).catch((error: unknown) => {
        if (error instanceof BusyError) return busy;
        throw error;
      }),
    /** Answers at once, whatever becomes of it: how long it takes tells nothing. */
    ask(given: string, { client }: Visitor): Refused | null {
      const wait = asked.waits(client, "");
      if (wait > 0) return { refused: "wait", seconds: Math.ceil(wait / 1000) };
      asked.failed(client);
      const email = emailOf(given);
      if (email === "" || linkMail.missing.length > 0) return null;
      const mailing = mailLink(email)
        .catch((error: unknown) => logger.error({ err: error }, "a link to sign in could not be mailed"))
        .finally(() => underWay.delete(mailing));
      underWay.add(mailing);
      return null;
    },
    /** Resolves once nothing of it asks the database any more. */
    settled: async (): Promise<void> => void (await Promise.all(underWay)),
  };
}
