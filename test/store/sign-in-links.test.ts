import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMailStore } from "../../src/store/mails.js";
import { forgetOld } from "../../src/store/retention.js";
import { createSecrets } from "../../src/store/secrets.js";
import { createSignInLinks, LINK_LIFE_MS, type SignInLinks } from "../../src/store/sign-in-links.js";
import { openStore, type Store, secrets } from "./kit.js";

let store: Store;
let links: SignInLinks;

beforeEach(async () => {
  store = await openStore();
  links = createSignInLinks(store.database, store.clock);
});
afterEach(() => store.close());

const USER = { id: "usr_1", email: "Ann@example.com" };

describe("a link", () => {
  it("is long and random, and kept as its hash alone", async () => {
    const token = await links.forUser("invitation", USER);
    expect(token).toMatch(/^[\w-]{43}$/);
    const rows = JSON.stringify(await store.database.prisma.signInLink.findMany(), (_key, value) => String(value));
    expect(rows).not.toContain(token);
    expect(await links.find(token)).toMatchObject({ kind: "invitation", userId: "usr_1", email: "ann@example.com" });
  });

  it("is used once, of any number who try at the same time, in several processes", async () => {
    const token = await links.forUser("password", USER);
    const other = createSignInLinks(store.database, store.clock);
    const tries = [links, other, links, other].map((each) => each.use(token));
    const got = (await Promise.all(tries)).filter((link) => link !== null);
    expect(got).toHaveLength(1);
    expect([await links.use(token), await links.find(token)]).toEqual([null, null]);
  });

  it.each(Object.entries(LINK_LIFE_MS))("of the kind %s expires", async (kind, life) => {
    const made = {
      "first-admin": () => links.forFirstAdmin(0),
      invitation: () => links.forUser("invitation", USER),
      password: () => links.forUser("password", USER),
      portal: () => links.forPortal(USER.email),
    }[kind as keyof typeof LINK_LIFE_MS];
    const token = (await made()) ?? "";
    await store.clock.advance(life - 1);
    expect(await links.find(token)).not.toBeNull();
    await store.clock.advance(1);
    expect([await links.find(token), await links.use(token)]).toEqual([null, null]);
    const forget = () => forgetOld(store.database, { retentionDays: null, payloadDays: null }, store.clock.now());
    await store.clock.advance(86_400_001);
    await forget();
    expect(await store.database.json<number>("SELECT count(*) FROM sign_in_links")).toBe(0);
  });

  it("of a user takes the place of those before it", async () => {
    const first = await links.forUser("invitation", USER);
    const second = await links.forUser("password", USER);
    expect([await links.find(first), (await links.find(second))?.kind]).toEqual([null, "password"]);
  });

  it("for the first admin takes the place of all but those made by others just now", async () => {
    const old = await links.forFirstAdmin(0);
    await store.clock.advance(1_000);
    const near = await links.forFirstAdmin(500);
    const mine = await links.forFirstAdmin(500);
    expect(await Promise.all([old, near, mine].map(async (token) => (await links.find(token)) !== null))).toEqual([
      false,
      true,
      true,
    ]);
    await links.endFirstAdmin();
    expect(await links.find(mine)).toBeNull();
  });

  it("goes to one address three times within fifteen minutes", async () => {
    const made = [];
    for (let at = 0; at < 4; at++) made.push(await links.forPortal(at % 2 ? "IT@acme.example" : "it@acme.example"));
    expect(made.map((token) => token !== null)).toEqual([true, true, true, false]);
    expect(await links.forPortal("other@acme.example")).not.toBeNull();
    await store.clock.advance(LINK_LIFE_MS.portal);
    expect(await links.forPortal("it@acme.example")).not.toBeNull();
  });
});

describe("a mail with a link", () => {
  const LINK = "https://waybell.example/welcome/secret-token-of-the-link?a&b";
  const MAIL = {
    ...{ recipient: "it@acme.example", subject: "Sign in", text: "Open {{link}}", html: '<a href="{{link}}">' },
    ...{ place: "{{link}}", link: LINK },
  };
  const rows = async () =>
    JSON.stringify(await store.database.prisma.mail.findMany(), (_key, value) =>
      typeof value === "bigint" ? Number(value) : value,
    );

  it("holds it encrypted, and is deleted once it is sent", async () => {
    const mails = createMailStore(store.database, secrets);
    const now = store.clock.now();
    await mails.addLink({ ...MAIL, expiresAt: now + 1000 }, now);
    expect(await rows()).not.toContain("secret-token");
    const [due] = await mails.due(now, 5);
    expect(due).toMatchObject({ text: `Open ${LINK}`, html: `<a href="${LINK.replace("&", "&amp;")}">` });
    await mails.postpone(due?.id ?? "", {}, now, "try again");
    expect(await rows()).not.toContain("secret-token");
    expect(await mails.settle(due?.id ?? "", { "it@acme.example": "" }, now, "")).toBe("sent");
    expect(await rows()).toBe("[]");
  });

  it("goes out before all others, and not at all once it is of no use", async () => {
    const mails = createMailStore(store.database, secrets);
    const now = store.clock.now();
    await mails.addLink({ ...MAIL, expiresAt: now + 1000 }, now);
    expect(await mails.due(now + 1000, 5)).toEqual([]);
    expect(await rows()).toBe("[]");
  });

  it("waits for its key until it expires, is told, and stands in nobody's way", async () => {
    const other = createMailStore(store.database, createSecrets([{ id: "t2", key: Buffer.alloc(32, 8) }]));
    const now = store.clock.now();
    await createMailStore(store.database, secrets).addLink({ ...MAIL, expiresAt: now + 600_000 }, now);
    const told: string[] = [];
    const due = (at: number) => other.due(at, 1, ({ recipients }) => told.push(...recipients));
    expect(await due(now)).toEqual([]);
    await other.addLink({ ...MAIL, recipient: "ann@example.com", expiresAt: now + 600_000 }, now);
    expect(await due(now + 1)).toMatchObject([{ recipients: ["ann@example.com"] }]);
    expect(told).toEqual(["it@acme.example"]);
    const [back] = await createMailStore(store.database, secrets).due(now + 60_000, 5);
    expect(back).toMatchObject({ recipients: ["it@acme.example"], text: `Open ${LINK}` });
    await other.due(now + 600_000, 5);
    expect(await rows()).toBe("[]");
  });
});
