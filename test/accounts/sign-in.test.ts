import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPasswords } from "../../src/accounts/password.js";
import { CHEAP, makeUser, openAccounts, PASSWORD, type TestAccounts, visitor } from "./kit.js";

let one: TestAccounts;
beforeEach(async () => {
  one = await openAccounts();
});
afterEach(() => one.store.close());

const signIn = (password = PASSWORD, email = "ann@example.com", address = "192.0.2.1") =>
  one.accounts.signIn({ email, password }, visitor(address));
const outcome = async (...args: Parameters<typeof signIn>) => {
  const came = await signIn(...args);
  return "token" in came ? "in" : came.refused;
};
const wrongTimes = async (count: number, email?: string, address?: string) => {
  for (let at = 0; at < count; at++) await signIn("wrong wrong wrong", email, address);
};

describe("wrong passwords", () => {
  it("have to wait after some of one address, even if the next would be right", async () => {
    await makeUser(one);
    for (let at = 0; at < 10; at++) expect(await outcome("wrong", `user${at}@example.com`)).toBe("wrong");
    expect(await signIn()).toEqual({ refused: "wait", seconds: 1 });
    expect(await outcome(PASSWORD, "ann@example.com", "192.0.2.2")).toBe("in");
    await one.clock.advance(1_000);
    expect(await outcome()).toBe("in");
  });

  it("have to wait after some of one account, from wherever they come, whether it is there or not", async () => {
    await makeUser(one);
    for (const email of ["ann@example.com", "nobody@example.com"]) {
      for (let at = 0; at < 10; at++) await wrongTimes(1, email, `192.0.2.${10 + at}`);
      expect(await signIn(PASSWORD, email, "192.0.2.99")).toEqual({ refused: "wait", seconds: 1 });
    }
  });

  it("lock nobody out of where they have signed in before, and nobody guesses there either", async () => {
    await makeUser(one);
    expect(await outcome(PASSWORD, "ann@example.com", "192.0.2.1")).toBe("in");
    for (let at = 0; at < 12; at++) await wrongTimes(1, "Ann@example.com", `198.51.100.${at}`);
    expect(await outcome(PASSWORD, "ann@example.com", "198.51.100.77")).toBe("wait");
    expect(await outcome(PASSWORD, "ANN@example.com", "192.0.2.1")).toBe("in");
    await wrongTimes(10);
    expect(await outcome()).toBe("wait");
  });

  it("are held up side by side too: of many at once no more are looked at than one after the other", async () => {
    await one.store.close();
    let looked = 0;
    const cheap = createPasswords(CHEAP);
    const passwords = {
      hash: cheap.hash,
      verify: async (password: string, hash: string | null) => {
        looked++;
        const isRight = await cheap.verify(password, hash);
        return isRight;
      },
    };
    one = await openAccounts({ passwords });
    await makeUser(one);
    const guesses = Array.from({ length: 18 }, (_, at) => signIn(at === 17 ? PASSWORD : "wrong"));
    const came = await Promise.all(guesses);
    // The right one comes last: by then so many were wrong that it is not told from them.
    expect(came.at(-1)).toMatchObject({ refused: "wait" });
    expect(looked).toBeLessThanOrEqual(18);
  });

  it("take as long for an address that nobody has: one password is looked at in either case", async () => {
    await one.store.close();
    const asked: (string | null)[] = [];
    const cheap = createPasswords(CHEAP);
    const passwords = {
      hash: cheap.hash,
      verify: (password: string, hash: string | null) => {
        asked.push(hash);
        return cheap.verify(password, hash);
      },
    };
    one = await openAccounts({ passwords });
    const { id } = await makeUser(one);
    await one.users.create({ email: "other@example.com", role: "admin" }, undefined, { passwordHash: "x" });
    await signIn("wrong wrong wrong");
    await signIn("wrong wrong wrong", "nobody@example.com");
    await signIn("wrong wrong wrong", "no address");
    await one.users.patch(id, { disabled: true });
    expect(await outcome()).toBe("wrong");
    expect(asked.map((hash) => hash !== null)).toEqual([true, false, false, true]);
  });
});

describe("a session", () => {
  const start = async () => {
    const user = await makeUser(one);
    const came = await signIn();
    const token = "token" in came ? came.token : "";
    const session = await one.sessions.find(token, "192.0.2.1");
    if (!session) throw new Error("nobody is signed in");
    return { user, token, session };
  };

  it("calls operations as its user, by id and address", async () => {
    const { user, session } = await start();
    expect(session.principal).toMatchObject({
      ...{ keyId: user.id, keyName: "ann@example.com", role: "admin", customer: null, address: "192.0.2.1" },
    });
    expect(session.principal).not.toHaveProperty("portal");
    expect(session.csrf).toMatch(/^[0-9a-f]{32}$/);
    session.principal.requireKey();
  });

  it("is found by its token alone", async () => {
    const { token } = await start();
    for (const other of ["", "x", `${token}x`, "a".repeat(43), "' OR 1=1 --"]) {
      expect(await one.sessions.find(other, "192.0.2.1")).toBeNull();
    }
  });

  it("lets no call go on once it has ended here", async () => {
    const { session } = await start();
    await one.accounts.signOut(session);
    expect(() => session.principal.requireKey()).toThrow("The session has ended");
  });

  it("lets no call go on for long once it has ended, or its user became something else, in another process", async () => {
    const { user, session } = await start();
    await makeUser(one, "second@example.com");
    const elsewhere = await openAccounts({ store: one.store });
    await elsewhere.users.patch(user.id, { role: "auditor" });
    await one.clock.advance(1_000);
    session.principal.requireKey();
    await expect
      .poll(() => {
        try {
          session.principal.requireKey();
          return "goes on";
        } catch (error) {
          return (error as Error).message;
        }
      })
      .toContain("has ended");
  });

  it("of others ends when one chooses another password, and one's own goes on", async () => {
    const { token, session } = await start();
    const other = await signIn();
    const changed = await one.accounts.changePassword(
      session,
      { current: PASSWORD, password: "another good password" },
      visitor(),
    );
    expect(changed).toBeNull();
    expect(await one.sessions.find(token, "")).not.toBeNull();
    expect(await one.sessions.find("token" in other ? other.token : "", "")).toBeNull();
    expect(await outcome()).toBe("wrong");
    expect(await outcome("another good password")).toBe("in");
  });

  it("does not change the password for whoever finds it open: the old one is asked for, and throttled", async () => {
    const { session } = await start();
    const change = (current: string, password = "another good password") =>
      one.accounts.changePassword(session, { current, password }, visitor());
    expect(await change(PASSWORD, "short")).toEqual({ fault: "short" });
    for (let at = 0; at < 10; at++) expect(await change("wrong")).toEqual({ fault: "password" });
    expect(await change(PASSWORD)).toMatchObject({ refused: "wait" });
  });

  it("ends others of its user alone", async () => {
    const { user, token, session } = await start();
    await one.users.create({ email: "bob@example.com", role: "operator" });
    const [own] = (await one.accounts.own(session))?.sessions ?? [];
    const bob = await one.users.byEmail("bob@example.com");
    const foreign = await one.sessions.begin(bob ?? user, { address: "", agent: "" });
    const found = await one.sessions.find(foreign, "");
    await one.accounts.endSession(session, found?.id ?? "");
    expect(await one.sessions.find(foreign, "")).not.toBeNull();
    await one.accounts.endSession(session, own?.id ?? "");
    expect(await one.sessions.find(token, "")).toBeNull();
  });
});
