import { describe, expect, it } from "vitest";
import { useFakeApi } from "./against-fake.js";

const fake = useFakeApi();
const { answer, waybell } = fake;

const USER = {
  id: "usr_1",
  email: "Ann@example.com",
  name: "Ann\u001b[2J",
  role: "admin",
  customer: null,
  language: null,
  hasPassword: true,
  hasSingleSignOn: false,
  createdAt: "2026-03-01T10:00:00Z",
  disabledAt: null,
  lastSignedInAt: null,
};
const LINK = { link: "https://w.example/welcome/x", linkExpiresAt: "2026-03-02T10:00:00Z", mailed: true };

describe("users", () => {
  it("prints the link of an invitation alone on standard output", async () => {
    answer("POST /v1/users", { ...USER, ...LINK });
    const { code, out, err } = await waybell("users", "add", "Ann@example.com", "--role", "admin", "--name", "Ann");
    expect([code, out]).toEqual([0, `${LINK.link}\n`]);
    expect(err).toContain("It was mailed as well");
    expect(fake.asked).toEqual([["POST /v1/users", { email: "Ann@example.com", role: "admin", name: "Ann" }]]);
    expect((await waybell("users", "add", "a@example.com")).code).toBe(2);
  });

  it("finds who is locked out by their address, in any capitals, and lets them in by a link", async () => {
    answer("GET /v1/users", { items: [USER], next: null });
    answer("POST /v1/users/usr_1/link", { ...LINK, mailed: false });
    const { code, out } = await waybell("users", "link", "ann@EXAMPLE.com");
    expect([code, out]).toEqual([0, `${LINK.link}\n`]);
    const nobody = await waybell("users", "link", "bob@example.com");
    expect([nobody.code, nobody.err]).toEqual([1, expect.stringContaining("There is no user bob@example.com")]);
  });

  it("disables, enables and lists, without the control characters of names", async () => {
    answer("GET /v1/users", { items: [USER, { ...USER, id: "usr_2", hasPassword: false }], next: null });
    answer("PATCH /v1/users/usr_1", USER);
    expect((await waybell("users", "disable", "usr_1")).out).toContain("signed out");
    expect((await waybell("users", "enable", "usr_1")).out).toContain("let in again");
    const { out } = await waybell("users", "list");
    expect(out).not.toContain("\u001b[2J");
    expect(out).toMatch(/usr_1 .*active/);
    expect(out).toMatch(/usr_2 .*invited/);
  });
});
