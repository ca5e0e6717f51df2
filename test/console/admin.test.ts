import { describe, expect, it } from "vitest";
import { differencesOf } from "../../src/console/pages/admin/differences.js";
import { pages } from "../../src/console/pages/index.js";
import { InputError } from "../../src/errors.js";
import type { AuditEntry } from "../../src/types.js";
import { user } from "../api/fakes.js";
import { HOSTILE } from "../fuzz/texts.js";
import { fakePages } from "./browser-like.js";

/** Markup of others that a browser would run. */
const HARM = /<script(?![^>]*\bsrc="\/assets)|<img src=x|href="javascript:/i;

const ADMINISTRATION = pages.filter(({ path }) => /^\/(users|keys|audit)/.test(path));
const addressOf = (path: string) => path.replace(":id", path.startsWith("/keys") ? "key_1" : "usr_1");

it.each(ADMINISTRATION.map(({ method, path }) => [method, path] as const))(
  "%s %s is for admins",
  async (method, path) => {
    for (const role of ["operator", "auditor", "customer"] as const) {
      const { get, post } = await fakePages({ role, customer: role === "customer" ? "acme" : null });
      const { status } = await (method === "GET" ? get(addressOf(path)) : post(addressOf(path)));
      expect([role, status]).toEqual([role, path === "/audit" && role === "auditor" ? 200 : 403]);
    }
  },
);

describe.each(["en", "nl", "fr"] as const)("in %s", (language) => {
  it("every page of the administration is shown", async () => {
    const { get } = await fakePages();
    for (const path of ["/users", "/users/new", "/users/usr_1", "/keys", "/keys/new", "/audit"]) {
      const { status, html } = await get(path, { "accept-language": language });
      expect([path, status]).toEqual([path, 200]);
      expect(html).toContain(`<html lang="${language}"`);
      expect(html).not.toContain("undefined");
    }
  });
});

describe("users", () => {
  it("are invited; the link is shown in the answer to the form, and stands in no address", async () => {
    const { post, asked } = await fakePages();
    const form = { email: "bob@example.com", name: " Bob ", role: "operator", customer: "", language: "nl" };
    const reply = await post("/users", form);
    expect([reply.status, reply.headers.location]).toEqual([200, undefined]);
    expect(reply.html).toContain("https://waybell.example/welcome/made");
    const [invited] = asked.filter(([what]) => what === "users.invite");
    expect(invited?.[1]).toEqual({
      email: "bob@example.com",
      name: "Bob",
      role: "operator",
      customer: null,
      language: "nl",
    });
    expect(invited?.[3]).toMatchObject({ keyId: "usr_admin", operation: "createUser" });
  });

  it("are refused in the reader's language, at the field, with what was filled in", async () => {
    const invite = async () => {
      throw InputError.conflict("There is a user with this address already.", [
        { path: "/email", message: "is a user's" },
      ]);
    };
    const { post } = await fakePages({}, { users: { ...usersOf(), invite } });
    const { status, html } = await post("/users", { email: "x@y.z", role: "operator" }, { "accept-language": "nl" });
    expect(status).toBe(409);
    expect(html).toContain("is al van een gebruiker");
    expect(html).toContain('value="x@y.z"');
    expect(html).not.toContain("There is a user");
  });

  it("are changed, disabled, enabled, deleted and given a new link", async () => {
    const { post, asked } = await fakePages();
    const to = async (path: string, form = {}) => (await post(path, form)).headers.location;
    expect(await to("/users/usr_1", { name: "A", role: "auditor" })).toBe("/users?notice=saved");
    expect(await to("/users/usr_1/disable")).toBe("/users?notice=userDisabled");
    expect(await to("/users/usr_1/enable")).toBe("/users?notice=saved");
    expect(await to("/users/usr_1/delete")).toBe("/users?notice=deleted");
    expect((await post("/users/usr_1/link")).html).toContain("/welcome/made");
    expect(asked.filter(([what]) => what === "users.patch").map(([, , patch]) => patch)).toEqual([
      { name: "A", role: "auditor", customer: null, language: null },
      { disabled: true },
      { disabled: false },
    ]);
  });

  it("of whom nobody else is an admin stay as they are, and the page says why", async () => {
    const refuse = async () => {
      throw InputError.conflict("This is the last admin who can sign in: make another one first.");
    };
    const { post } = await fakePages({}, { users: { ...usersOf(), patch: refuse, delete: refuse } });
    for (const path of ["/users/usr_1/disable", "/users/usr_1/delete", "/users/usr_1"]) {
      const { status, html } = await post(path, { role: "auditor" }, { "accept-language": "fr" });
      expect(status).toBe(409);
      expect(html).toContain("C’est le dernier administrateur");
    }
  });

  it("do no harm by what they are called", async () => {
    const named = HOSTILE.map((text, at) => ({ ...user, id: `usr_${at}`, name: text, customer: text }));
    const list = async () => ({ items: named, next: null });
    const get = async (id: string) => named.find((one) => one.id === id) ?? null;
    const pages = await fakePages({}, { users: { ...usersOf(), list, get } });
    for (const path of ["/users", ...named.map(({ id }) => `/users/${id}`)]) {
      const { status, html } = await pages.get(path);
      expect(status).toBe(200);
      expect(html).not.toMatch(HARM);
    }
  });
});

const usersOf = (one = user) => ({
  get: async () => one,
  list: async () => ({ items: [one], next: null }),
  invite: async () => ({ user: one, link: "x", linkExpiresAt: 0, mailed: false }),
  link: async () => ({ link: "x", linkExpiresAt: 0, mailed: false }),
  patch: async () => one,
  delete: async () => true,
});

describe("keys", () => {
  it("are made; the key is shown in the answer to the form, and stands in no address", async () => {
    const { post, asked } = await fakePages();
    const reply = await post("/keys", { name: "TMS", role: "producer", customer: "", expires: "2027-01-01" });
    expect([reply.status, reply.headers.location]).toEqual([200, undefined]);
    expect(reply.html).toContain("wbl_made");
    expect(asked.find(([what]) => what === "keys.create")?.[1]).toMatchObject({ name: "TMS", role: "producer" });
    const faulty = await post("/keys", { name: "", role: "producer" });
    expect([faulty.status, faulty.html.includes("<strong>Name</strong> <bdi>must not be empty</bdi>")]).toEqual([
      422,
      true,
    ]);
  });

  it("are revoked", async () => {
    const { post } = await fakePages();
    expect((await post("/keys/key_1/revoke")).headers.location).toBe("/keys?notice=keyRevoked");
    expect((await post("/keys/key_2/revoke")).status).toBe(404);
  });
});

describe("the audit log", () => {
  it("is asked by customer, subject and days, of which the last belongs to it", async () => {
    const { get, asked } = await fakePages({ role: "auditor" });
    const { html } = await get("/audit?customer=acme&subject=&from=2026-01-01&to=2026-01-31");
    expect(asked.find(([what]) => what === "audit.list")?.[1]).toMatchObject({
      ...{ customer: "acme", from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 1, 1) },
    });
    expect(html).toContain("putCustomer");
    expect((await get("/audit?from=never")).status).toBe(422);
  });

  it("shows the fields that differ, before and after", () => {
    const before = { name: "Acme", portal: { enabled: false, may: ["test"] }, same: 1, gone: "x" };
    const after = { name: "Acme", portal: { enabled: true, may: ["test", "edit"] }, same: 1 };
    expect(differencesOf(before, after)).toEqual({
      isCut: false,
      fields: [
        { path: "portal.enabled", before: "false", after: "true" },
        { path: "gone", before: "x", after: null },
        { path: "portal.may.1", before: null, after: "edit" },
      ],
    });
    expect(differencesOf(null, null).fields).toEqual([]);
    expect(differencesOf(null, { list: [], deep: {} }).fields).toHaveLength(2);
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`f${at}`, at]));
    expect(differencesOf(null, many)).toMatchObject({ isCut: true, fields: { length: 60 } });
  });

  it("does no harm by what was changed", async () => {
    const items = HOSTILE.map(
      (text, at): AuditEntry => ({
        ...{ id: `aud_${at}`, at: 0, keyId: "k", keyName: text, role: "admin", address: text, operation: "x" },
        ...{ customer: text, subject: text, before: { [text]: text }, after: null },
      }),
    );
    const audit = { write: async () => undefined, list: async () => ({ items, next: null }) };
    const { get } = await fakePages({}, { audit });
    const { status, html } = await get("/audit");
    expect(status).toBe(200);
    expect(html).not.toMatch(HARM);
  });
});
