import { describe, expect, it } from "vitest";
import { BusyError, createPasswords, passwordFault } from "../../src/accounts/password.js";
import { CHEAP } from "./kit.js";

const passwords = createPasswords(CHEAP);

describe("a password", () => {
  it("is kept by scrypt as OWASP advises, with a salt of its own", async () => {
    const real = createPasswords();
    const [first, second] = [await real.hash("correct horse battery"), await passwords.hash("correct horse battery")];
    expect(first).toMatch(/^scrypt\$17\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(await real.verify("correct horse battery", first)).toBe(true);
    // What was kept with other parameters is still looked at with those.
    expect(await real.verify("correct horse battery", second)).toBe(true);
    expect(await passwords.hash("correct horse battery")).not.toBe(second);
  });

  it("is another with one letter changed, and the same however its characters are typed", async () => {
    const hash = await passwords.hash("crème brûlée à gogo");
    expect(await passwords.verify("creme brulee a gogo", hash)).toBe(false);
    expect(await passwords.verify("crème brûlée à gogo".normalize("NFD"), hash)).toBe(true);
  });

  it("is nobody's where there is none, or what is kept is no hash", async () => {
    for (const hash of [null, "", "plain", "scrypt$4$1$1$$"])
      expect(await passwords.verify("anything", hash)).toBe(false);
  });

  it("has twelve characters at least, and 200 bytes at most", () => {
    expect(
      ["elevenchars", "twelve chars", "🔑".repeat(12), "é".repeat(100), "é".repeat(101)].map(passwordFault),
    ).toEqual(["short", null, null, null, "long"]);
  });
});

describe("many passwords at once", () => {
  it("are looked at two at a time, and refused beyond a bounded number", async () => {
    const slow = createPasswords({ log2N: 12, r: 8, p: 1 });
    const tries = Array.from({ length: 30 }, () => slow.verify("wrong", null));
    const ended = await Promise.allSettled(tries);
    const refused = ended.filter((one) => one.status === "rejected");
    expect(refused).toHaveLength(12);
    expect(refused.every((one) => one.reason instanceof BusyError)).toBe(true);
    expect(await slow.verify("wrong", null)).toBe(false);
  });
});
