import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSingleSignOn } from "../../src/accounts/single-sign-on.js";
import type { OidcConfig } from "../../src/config-oidc.js";
import { createUsers, type Users } from "../../src/store/users.js";
import { openStore, type Store } from "../store/kit.js";
import { startProvider, type TestProvider } from "./provider.js";

let store: Store;
let users: Users;
let provider: TestProvider;
const lines: string[] = [];
const logger = pino({ level: "trace" }, { write: (line) => lines.push(line) });

beforeEach(async () => {
  lines.length = 0;
  store = await openStore();
  // The tokens' times are real ones.
  store.clock.jump(Date.now() - store.clock.now());
  users = createUsers(store.database, store.clock);
  provider = await startProvider("waybell", "client-secret");
});
afterEach(async () => {
  await provider.close();
  await store.close();
});

function signOn(more: Partial<OidcConfig> = {}, timeoutSeconds = 10) {
  const oidc = { issuer: provider.url, clientId: "waybell", clientSecret: "client-secret" };
  const rules = { allowedDomains: [], defaultRole: null };
  const publicUrl = "https://waybell.example/";
  const parts = { publicUrl, users, clock: store.clock, logger, timeoutSeconds };
  return createSingleSignOn({ oidc: { ...oidc, ...rules, ...more }, ...parts });
}

/** The whole way, by one browser. */
async function goThrough(one = signOn(), change: (search: string) => string = (search) => search) {
  const begun = await one.begin("/orders");
  if (!begun) throw new Error("the provider was not asked");
  return one.end(change(new URL(provider.visit(begun.location)).search), begun.kept);
}

const ann = () => users.create({ email: "Ann@Example.com", role: "operator" });

describe("signing in by an OpenID provider", () => {
  it("asks for a code with PKCE, state and nonce, to come back to the public address", async () => {
    const begun = await signOn().begin("/orders");
    const asked = Object.fromEntries(new URL(begun?.location ?? "").searchParams);
    expect(asked).toMatchObject({
      ...{ client_id: "waybell", response_type: "code", scope: "openid email profile", code_challenge_method: "S256" },
      redirect_uri: "https://waybell.example/sign-in/organisation/callback",
    });
    for (const name of ["state", "nonce", "code_challenge"]) expect(asked[name]?.length, name).toBeGreaterThan(40);
  });

  it("lets a user in by their verified address, and from then on by the provider's own name for them", async () => {
    const { id } = await ann();
    expect(await goThrough()).toMatchObject({ user: { id }, next: "/orders" });
    provider.person = { sub: "s1", email: "new-name@example.com", email_verified: true };
    expect((await goThrough())?.user.id).toBe(id);
  });

  it("lets nobody in by an address that went to somebody else, is not verified, or is no user's", async () => {
    await ann();
    provider.person = { sub: "s1", email: "ann@example.com", email_verified: false };
    expect(await goThrough()).toBeNull();
    provider.person = { sub: "s1", email: "bob@example.com", email_verified: true };
    expect(await goThrough()).toBeNull();
    provider.person = { sub: "s1", email: "ann@example.com", email_verified: true };
    expect(await goThrough()).not.toBeNull();
    provider.person = { sub: "s2", email: "ann@example.com", email_verified: true };
    expect(await goThrough()).toBeNull();
  });

  it("lets no disabled user in", async () => {
    const { id } = await ann();
    await users.patch(id, { disabled: true });
    expect(await goThrough()).toBeNull();
  });

  it("makes users of the domains that are named, with the default role", async () => {
    const one = signOn({ allowedDomains: ["example.com"], defaultRole: "auditor" });
    expect(await goThrough(one)).toMatchObject({ user: { email: "ann@example.com", name: "Ann", role: "auditor" } });
    provider.person = { sub: "s9", email: "eve@example.com.evil.example", email_verified: true };
    expect(await goThrough(one)).toBeNull();
    expect((await users.list({})).items).toHaveLength(1);
  });

  it.each([
    ["another state", (search: string) => search.replace(/state=[^&]+/, "state=other")],
    ["no code", (search: string) => search.replace(/code=[^&]+/, "")],
    ["a refusal", () => "?error=access_denied"],
    ["another code", (search: string) => search.replace(/code=[^&]+/, "code=guessed")],
    ["another issuer", (search: string) => search.replace(/iss=[^&]+/, "iss=https%3A%2F%2Fevil.example")],
  ])("lets nobody in with %s", async (_what, change) => {
    await ann();
    expect(await goThrough(signOn(), change)).toBeNull();
  });

  it.each([
    ["a signature that is not the provider's", {}, true],
    ["another nonce", { nonce: "other" }, false],
    ["another audience", { aud: "other" }, false],
    ["an hour that is over", { exp: 1 }, false],
  ])("lets nobody in by %s", async (_what, claims, isForged) => {
    await ann();
    Object.assign(provider, { isForged, claims });
    expect(await goThrough()).toBeNull();
  });

  it("is of no use to another browser, twice, or after ten minutes", async () => {
    await ann();
    const one = signOn();
    const begun = await one.begin("/");
    const { search } = new URL(provider.visit(begun?.location ?? ""));
    const other = await one.begin("/");
    expect(await one.end(search, other?.kept ?? "")).toBeNull();
    for (const kept of ["", "x", Buffer.from("{}").toString("base64url")])
      expect(await one.end(search, kept)).toBeNull();
    const late = await one.begin("/");
    await store.clock.advance(600_001);
    expect(await one.end(new URL(provider.visit(late?.location ?? "")).search, late?.kept ?? "")).toBeNull();
    const again = await one.begin("/");
    const back = new URL(provider.visit(again?.location ?? "")).search;
    store.clock.jump(Date.now() - store.clock.now());
    expect(await one.end(back, again?.kept ?? "")).not.toBeNull();
    expect(await one.end(back, again?.kept ?? "")).toBeNull();
  });

  it("waits for a provider that is down: it is asked again by the next", async () => {
    const one = signOn();
    provider.isDown = true;
    expect(await one.begin("/")).toBeNull();
    provider.isDown = false;
    expect(await one.begin("/")).not.toBeNull();
  });

  it("reads 1 MiB of an answer of the provider's at most", async () => {
    await ann();
    provider.faults = { "/.well-known/openid-configuration": "endless" };
    expect(await signOn().begin("/")).toBeNull();
    provider.faults = { "/token": "endless" };
    expect(await goThrough()).toBeNull();
    // What lies in the buffers of the sockets beside it.
    expect(provider.poured).toBeLessThan(32 * 1024 * 1024);
    provider.faults = {};
    expect(await goThrough()).not.toBeNull();
  });

  it("waits so long for an answer of the provider's, to its end", async () => {
    await ann();
    const impatient = () => signOn({}, 1);
    for (const path of ["/.well-known/openid-configuration", "/token", "/jwks"]) {
      provider.faults = { [path]: "unfinished" };
      const one = impatient();
      const begun = await one.begin("/");
      const search = begun ? new URL(provider.visit(begun.location)).search : "";
      expect(begun && (await one.end(search, begun.kept)), path).toBeNull();
    }
    expect(lines.join("")).toMatch(/Timeout|TIMEOUT/);
  });

  it("writes no tokens, codes or secrets into the log", async () => {
    await goThrough();
    await goThrough(signOn(), (search) => search.replace(/code=[^&]+/, "code=guessed-code"));
    provider.isForged = true;
    await goThrough();
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.join("")).not.toMatch(/client-secret|access-token|guessed-code|eyJ/);
  });
});
