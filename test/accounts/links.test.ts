import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createUserAdministration } from "../../src/accounts/users.js";
import { createAudit } from "../../src/store/audit.js";
import { by } from "../store/kit.js";
import { makeUser, openAccounts, PASSWORD, type TestAccounts, visitor } from "./kit.js";

let one: TestAccounts;
beforeEach(async () => {
  one = await openAccounts();
});
afterEach(() => one.store.close());

const FORM = { email: "ann@example.com", name: "Ann", password: PASSWORD, customer: "" };
const tokenIn = (text = "") => /\/welcome\/([\w-]{43})/.exec(text)?.[1] ?? "";
const administration = () =>
  createUserAdministration({ ...one, publicUrl: null, customerOf: (id) => one.store.customers.get(id) });

describe("the link for the first admin", () => {
  it("makes one, of any who use it at once, in several processes", async () => {
    const token = await one.links.forFirstAdmin(0);
    const elsewhere = await openAccounts({ store: one.store });
    const came = await Promise.all(
      [one, elsewhere, one].map(({ accounts }, at) =>
        accounts.useLink(token, { ...FORM, email: `a${at}@example.com` }, visitor()),
      ),
    );
    expect(came.filter((each) => "token" in each)).toHaveLength(1);
    expect((await one.users.list({})).items).toHaveLength(1);
    expect(await one.accounts.openLink(token)).toBeNull();
    const { items } = await createAudit(one.store.database, one.clock).list({});
    expect(items.map(({ operation, keyName }) => [operation, keyName])).toEqual([
      ["makeFirstAdmin", expect.stringMatching(/^a\d@example\.com$/)],
    ]);
  });

  it("is not used up by what is faulty", async () => {
    const token = await one.links.forFirstAdmin(0);
    const use = (more: object) => one.accounts.useLink(token, { ...FORM, ...more }, visitor());
    expect(await use({ password: "short" })).toEqual({ fault: "short" });
    expect(await use({ email: "no address" })).toEqual({ fault: "email" });
    expect(await use({ name: "x".repeat(201) })).toEqual({ fault: "name" });
    await one.users.create({ email: "ann@example.com", role: "operator" });
    expect(await use({})).toEqual({ fault: "taken" });
    expect(await use({ email: "root@example.com" })).toHaveProperty("token");
  });

  it("is of no use once there is an admin, however that came", async () => {
    const token = await one.links.forFirstAdmin(0);
    await makeUser(one, "other@example.com");
    expect(await one.accounts.openLink(token)).toBeNull();
    expect(await one.accounts.useLink(token, FORM, visitor())).toMatchObject({ refused: "wrong" });
  });
});

describe("an invitation", () => {
  it("lets its user choose a password and name, once, and signs them in", async () => {
    const made = await administration().invite(
      { email: "bob@example.com", role: "operator" },
      "http://here",
      by("createUser"),
    );
    expect(made.link).toMatch(/^http:\/\/here\/welcome\//);
    const token = tokenIn(made.link);
    expect(await one.accounts.openLink(token)).toMatchObject({ kind: "invitation", email: "bob@example.com" });
    // To look uses nothing up, and nobody is signed in by it.
    expect(await one.accounts.openLink(token)).not.toBeNull();
    const tries = [1, 2].map(() => one.accounts.useLink(token, { ...FORM, name: "Bob" }, visitor()));
    expect((await Promise.all(tries)).filter((came) => "token" in came)).toHaveLength(1);
    expect(await one.users.byEmail("bob@example.com")).toMatchObject({ name: "Bob", hasPassword: true });
    expect(await one.accounts.openLink(token)).toBeNull();
  });

  it("is mailed in the user's language, with the link in the mail alone", async () => {
    const made = await administration().invite({ email: "bob@example.com", role: "operator", language: "nl" }, "");
    expect(made.mailed).toBe(true);
    const [mail] = await one.mails.due(one.clock.now(), 5);
    expect(mail).toMatchObject({ recipients: ["bob@example.com"], subject: "[Waybell] U bent uitgenodigd" });
    expect(mail?.text).toContain(`https://waybell.example/welcome/${tokenIn(made.link)}`);
    expect(mail?.html).toContain(tokenIn(made.link));
  });

  it("is of no use to a user who was disabled, and is not made for one", async () => {
    const admin = administration();
    const { user, link } = await admin.invite({ email: "bob@example.com", role: "operator" }, "");
    await admin.patch(user.id, { disabled: true });
    expect(await one.accounts.openLink(tokenIn(link))).toBeNull();
    await expect(admin.link(user.id, "")).rejects.toMatchObject({ status: 409 });
    await expect(admin.link("usr_none", "")).rejects.toMatchObject({ status: 404 });
  });
});

it("a link for a new password ends all sessions, and what the old one opened", async () => {
  const user = await makeUser(one);
  const session = await one.sessions.begin(user, { address: "", agent: "" });
  const { link } = await administration().link(user.id, "http://here");
  expect(await one.accounts.openLink(tokenIn(link))).toMatchObject({ kind: "password" });
  const came = await one.accounts.useLink(tokenIn(link), { ...FORM, password: "another good password" }, visitor());
  expect(came).toHaveProperty("token");
  expect(await one.sessions.find(session, "")).toBeNull();
  expect(await one.accounts.signIn(FORM, visitor())).toMatchObject({ refused: "wrong" });
});

describe("a portal link", () => {
  const put = (id: string, more: object = {}) =>
    one.store.customers.put(id, {
      name: id.toUpperCase(),
      emails: ["it@acme.example"],
      portal: { enabled: true },
      ...more,
    });
  const ask = async (email: string) => {
    const answer = one.accounts.sendLink(email, visitor());
    await one.accounts.settled();
    return answer;
  };
  const mailed = async () => (await one.mails.due(one.clock.now(), 50)).map(({ text }) => tokenIn(text));

  it("goes to the customer's addresses alone, in the customer's language, and answers the same to all", async () => {
    await put("acme", { language: "fr" });
    await put("off", { emails: ["off@acme.example"], portal: { enabled: false } });
    for (const email of ["it@acme.example", "off@acme.example", "nobody@x.example", "no address", "a\0@b.c", ""]) {
      expect(await ask(email)).toBeNull();
    }
    await ask("IT@Acme.example");
    expect((await one.mails.due(one.clock.now(), 50)).map(({ recipients }) => recipients)).toEqual([
      ["it@acme.example"],
      ["it@acme.example"],
    ]);
    const mails = await one.mails.due(one.clock.now(), 50);
    expect(mails[0]).toMatchObject({ subject: "[Waybell] Votre lien de connexion" });
  });

  it("signs in to that customer, once, as what its operator lets it do", async () => {
    await put("acme", { timeZone: "Europe/Paris", portal: { enabled: true, may: ["pause"] } });
    await ask("IT@acme.example");
    const [token = ""] = await mailed();
    expect(await one.accounts.openLink(token)).toMatchObject({
      kind: "portal",
      customers: [{ id: "acme", name: "ACME" }],
    });
    const tries = await Promise.all([1, 2].map(() => one.accounts.useLink(token, FORM, visitor())));
    const [entered] = tries.filter((came) => "token" in came);
    expect(tries.filter((came) => "token" in came)).toHaveLength(1);
    const session = await one.sessions.find(entered && "token" in entered ? entered.token : "", "");
    expect(session).toMatchObject({
      timeZone: "Europe/Paris",
      principal: { keyId: "portal", keyName: "it@acme.example", role: "customer", customer: "acme", portal: ["pause"] },
    });
  });

  it("lets one choose where the address is of several customers, and takes no other", async () => {
    await put("acme");
    await put("beta");
    await put("foreign", { emails: ["x@y.example"] });
    await ask("it@acme.example");
    const [token = ""] = await mailed();
    const use = (customer: string) => one.accounts.useLink(token, { ...FORM, customer }, visitor());
    expect(await use("foreign")).toMatchObject({ refused: "portal" });
    expect(await use("")).toMatchObject({ refused: "portal" });
    const came = await use("beta");
    const session = await one.sessions.find("token" in came ? came.token : "", "");
    expect(session?.principal.customer).toBe("beta");
  });

  it("signs a user of the customer in as that user", async () => {
    await put("acme", { emails: [] });
    const jan = await one.users.create({ email: "jan@acme.example", role: "customer", customer: "acme" });
    await ask("jan@acme.example");
    const [token = ""] = await mailed();
    const came = await one.accounts.useLink(token, FORM, visitor());
    const session = await one.sessions.find("token" in came ? came.token : "", "");
    expect(session?.principal).toMatchObject({ keyId: jan.id, customer: "acme", portal: ["test", "retry"] });
  });

  it("is of no use once it has expired, or the portal was switched off", async () => {
    await put("acme");
    await ask("it@acme.example");
    const [token = ""] = await mailed();
    await put("acme", { portal: { enabled: false } });
    expect(await one.accounts.useLink(token, FORM, visitor())).toMatchObject({ refused: "portal" });
    await put("acme");
    await one.clock.advance(15 * 60_000);
    expect(await one.accounts.openLink(token)).toBeNull();
    expect(await one.accounts.useLink(token, FORM, visitor())).toMatchObject({ refused: "wrong" });
  });

  it("floods no mailbox, and whoever asks for many has to wait", async () => {
    await put("acme");
    for (let at = 0; at < 10; at++) expect(await ask("it@acme.example")).toBeNull();
    expect(await mailed()).toHaveLength(3);
    expect(await ask("it@acme.example")).toEqual({ refused: "wait", seconds: 1 });
    expect(one.lines.join("")).not.toContain("it@acme.example");
  });
});
