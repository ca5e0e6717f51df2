import { generateKeyPairSync } from "node:crypto";
import jwt from "jsonwebtoken";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { compileSchema } from "../../src/schemas/validate.js";
import { HttpAuth } from "../../src/transports/http-auth.js";
import { httpGet } from "../../src/transports/http-get.js";
import { httpPost } from "../../src/transports/http-post.js";
import { plainFaults } from "../support/plain-faults.js";
import { errorOf, jsonPayload, sendContext } from "../support/sending.js";
import { useHttpReceiver } from "./http-kit.js";

const http = useHttpReceiver();

const payload = jsonPayload('{"a":1}');
const withAuth = (auth: object, more: object = {}) => ({ url: `${http.receiver.url}/hook`, auth, ...more });

async function post(options: Record<string, unknown>, clock = systemClock) {
  await httpPost.send(payload, options, sendContext({ connections: http.connections, clock }));
  return http.last;
}

const pem = (key: { export(options: { type: "pkcs8"; format: "pem" }): string | Buffer }) =>
  key.export({ type: "pkcs8", format: "pem" }).toString();
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const spki = (key: typeof rsa.publicKey) => key.export({ type: "spki", format: "pem" }).toString();
const SHARED = "a secret that both sides know";

const check = compileSchema(httpPost.optionsSchema);
const findings = (auth: object, more: object = {}) => {
  const options = { url: "https://a.example/", auth, ...more };
  const faults = check(options);
  return faults.length > 0 ? faults : (httpPost.validate?.(options) ?? []);
};
const paths = (auth: object, more: object = {}) => findings(auth, more).map(({ path }) => path);

describe("basic and bearer", () => {
  it("sends name and password in UTF-8, as RFC 7617 has them", async () => {
    const { headers } = await post(withAuth({ type: "basic", username: "test", password: "123£" }));
    expect(headers.authorization).toBe("Basic dGVzdDoxMjPCow==");
  });

  it("sends a password that is empty or holds colons", async () => {
    const sent = async (password: string) => (await post(withAuth({ type: "basic", username: "u", password }))).headers;
    expect((await sent("")).authorization).toBe(`Basic ${btoa("u:")}`);
    expect((await sent("a:b:c")).authorization).toBe(`Basic ${btoa("u:a:b:c")}`);
  });

  it("sends a bearer token, on a GET too, beside the key", async () => {
    const options = withAuth({ type: "bearer", token: "tok-1234567" }, { apiKey: "key-123456" });
    expect((await post(options)).headers).toMatchObject({
      authorization: "Bearer tok-1234567",
      "x-api-key": "key-123456",
    });
    const query = { contentType: "", body: Buffer.alloc(0), fields: [["order", "A"]] as const };
    await httpGet.send(query, options, sendContext({ connections: http.connections }));
    expect(http.receiver.received.at(-1)).toMatchObject({
      method: "GET",
      headers: { authorization: "Bearer tok-1234567" },
    });
  });

  it("keeps a template from setting the header, in whatever spelling", async () => {
    const own = { ...payload, headers: { Authorization: "Bearer of-the-template", "x-other": "1" } };
    const options = withAuth({ type: "bearer", token: "tok-1234567" });
    await httpPost.send(own, options, sendContext({ connections: http.connections }));
    expect(http.receiver.received.at(-1)?.headers).toMatchObject({
      authorization: "Bearer tok-1234567",
      "x-other": "1",
    });
  });

  it("keeps no answer that repeats the credential", async () => {
    http.receiver.script((request, response) =>
      response.writeHead(403).end(`${request.headers.authorization} pa55word-1`),
    );
    const options = withAuth({ type: "basic", username: "waybell", password: "pa55word-1" });
    const error = await errorOf(httpPost.send(payload, options, sendContext({ connections: http.connections })));
    expect(error.response).toBe("Basic ******** ********");
  });
});

describe("a JWT", () => {
  const claims = { issuer: "waybell", audience: "https://hub.example", subject: "acme", lifetime: "10m" };

  it.each([
    ["HS256", SHARED, SHARED],
    ["RS256", pem(rsa.privateKey), spki(rsa.publicKey)],
    ["ES256", pem(ec.privateKey), spki(ec.publicKey)],
  ] as const)("signed with %s is verified by another implementation", async (algorithm, key, verifyWith) => {
    const { headers } = await post(withAuth({ type: "jwt", algorithm, key, keyId: "k7", ...claims }));
    const [scheme, token = ""] = headers.authorization?.split(" ") ?? [];
    expect(scheme).toBe("Bearer");
    const verified = jwt.verify(token, verifyWith, {
      algorithms: [algorithm],
      issuer: "waybell",
      audience: "https://hub.example",
      subject: "acme",
      complete: true,
    });
    expect(verified.header).toEqual({ alg: algorithm, typ: "JWT", kid: "k7" });
    const { iat = 0, exp } = verified.payload as jwt.JwtPayload;
    expect(exp).toBe(iat + 600);
    expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(5);
  });

  it("goes bare into a header of another name, or after a word that is asked for", async () => {
    const base = { type: "jwt", algorithm: "HS256", key: SHARED, header: "Ave-Hub-signature" };
    const bare = (await post(withAuth(base))).headers;
    expect(jwt.verify(String(bare["ave-hub-signature"]), SHARED)).toMatchObject({ iat: expect.any(Number) });
    expect(bare).not.toHaveProperty("authorization");
    const spoken = (await post(withAuth({ ...base, scheme: "JWT" }))).headers;
    expect(spoken["ave-hub-signature"]).toMatch(/^JWT eyJ/);
  });

  it("is kept until shortly before it ends, and made anew when the clock was set back", async () => {
    let offset = 0;
    const clock = { ...systemClock, now: () => Date.UTC(2030, 0, 1) + offset };
    const options = withAuth({ type: "jwt", algorithm: "HS256", key: SHARED, lifetime: "1h" });
    const at = async (ms: number) => {
      offset = ms;
      return (await post(options, clock)).headers.authorization ?? "";
    };
    const first = await at(0);
    expect(await at(58 * 60_000)).toBe(first);
    const second = await at(59 * 60_000);
    expect(second).not.toBe(first);
    expect(jwt.decode(second.slice(7))).toMatchObject({ iat: Date.UTC(2030, 0, 1, 0, 59) / 1000 });
    expect(jwt.decode((await at(-1000)).slice(7))).toMatchObject({ iat: Date.UTC(2029, 11, 31, 23, 59, 59) / 1000 });
  });

  it("of a short life is replaced after nine tenths of it", async () => {
    let offset = 0;
    const clock = { ...systemClock, now: () => Date.UTC(2030, 0, 1) + offset };
    const options = withAuth({ type: "jwt", algorithm: "HS256", key: SHARED, lifetime: "20s" });
    const first = (await post(options, clock)).headers.authorization;
    offset = 17_000;
    expect((await post(options, clock)).headers.authorization).toBe(first);
    offset = 18_000;
    expect((await post(options, clock)).headers.authorization).not.toBe(first);
  });

  it("is made once for sends that begin together", async () => {
    const options = withAuth({ type: "jwt", algorithm: "ES256", key: pem(ec.privateKey) });
    // ECDSA draws a number for each signature: two of the same content differ.
    await Promise.all(Array.from({ length: 10 }, () => post(options)));
    expect(new Set(http.receiver.received.map(({ headers }) => headers.authorization)).size).toBe(1);
  });

  it("that was refused is not sent again, and not kept in the answer", async () => {
    http.receiver.script((request, response) => response.writeHead(401).end(request.headers.authorization));
    const options = withAuth({ type: "jwt", algorithm: "HS256", key: SHARED });
    const error = await errorOf(httpPost.send(payload, options, sendContext({ connections: http.connections })));
    expect(error).toMatchObject({ fault: "response", code: "http_401", response: "Bearer ********" });
    expect(http.receiver.received).toHaveLength(1);
  });

  it("is shown in a check as a step of its own", async () => {
    const options = withAuth({ type: "jwt", algorithm: "HS256", key: SHARED, lifetime: "5m" });
    const steps = await httpPost.check(options, sendContext({ connections: http.connections }));
    expect(steps.map(({ step }) => step)).toEqual(["resolve", "connect", "token", "request"]);
    expect(steps[2]?.detail).toBe("A token was made: signed with HS256, valid for 300 s.");
  });
});

describe("what cannot be saved", () => {
  const jwtWith = (more: object) => ({ type: "jwt", algorithm: "HS256", key: SHARED, ...more });

  it("is named at its field", () => {
    expect(plainFaults(findings({ type: "digest" }))).toEqual([
      { path: "/auth/type", message: "must be one of basic, bearer, jwt, oauth2" },
    ]);
    expect(plainFaults(findings({}))).toEqual([{ path: "/auth/type", message: "is missing" }]);
    expect(paths({ type: "basic", username: "a:b", password: "x" })).toEqual(["/auth/username"]);
    expect(paths({ type: "basic", username: "a", password: "x\ny" })).toEqual(["/auth/password"]);
    expect(paths({ type: "bearer", token: "two words" })).toEqual(["/auth/token"]);
    expect(paths({ type: "bearer" })).toEqual(["/auth/token"]);
    expect(paths({ type: "bearer", token: "t", username: "u" })).toEqual(["/auth/username"]);
    const oauth2 = { type: "oauth2", tokenUrl: "https://u:p@sts.example/", clientId: "c", clientSecret: "s" };
    expect(plainFaults(findings(oauth2))).toEqual([
      {
        path: "/auth/tokenUrl",
        message: "must not hold a user and password: clientId and clientSecret are sent",
      },
    ]);
    expect(paths(jwtWith({ lifetime: "5s" }))).toEqual(["/auth/lifetime"]);
    expect(paths(jwtWith({ lifetime: "366d" }))).toEqual(["/auth/lifetime"]);
    expect(paths(jwtWith({ lifetime: "10s" }))).toEqual([]);
  });

  it.each([
    ["no key at all", "RS256", "-----BEGIN NOTHING-----"],
    ["a public key", "RS256", spki(rsa.publicKey)],
    ["a key of another kind", "RS256", pem(ec.privateKey)],
    ["a short RSA key", "RS256", pem(generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey)],
    ["an RSA key", "ES256", pem(rsa.privateKey)],
    ["a private key", "HS256", pem(rsa.privateKey)],
    ["a public key, with which everybody could sign,", "HS256", spki(rsa.publicKey)],
    ["a key on another curve", "ES256", pem(generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey)],
  ])("is %s for %s", (_title, algorithm, key) => {
    const found = findings({ type: "jwt", algorithm, key });
    expect(found.map(({ path }) => path)).toEqual(["/auth/key"]);
    expect(found[0]?.message).not.toContain("MII");
  });

  it.each([
    ["/headers/Authorization", { type: "bearer", token: "t" }, { headers: { Authorization: "x" } }],
    ["/headers/x-sig", jwtWith({ header: "X-Sig" }), { headers: { "x-sig": "x" } }],
    ["/auth/header", jwtWith({ header: "x-api-key" }), { apiKey: "k" }],
    ["/auth/header", jwtWith({ header: "Webhook-Signature" }), {}],
    ["/auth/header", jwtWith({ header: "Content-Length" }), {}],
    ["/hmac/header", { type: "bearer", token: "t" }, { hmac: { header: "authorization", secret: "s" } }],
    [
      "/hmac/timestampHeader",
      { type: "bearer", token: "t" },
      { hmac: { header: "x-s", secret: "s", timestampHeader: "X-S" } },
    ],
    ["/auth/tokenUrl", { type: "oauth2", tokenUrl: "ftp://a.example", clientId: "c", clientSecret: "s" }, {}],
    ["/auth/tokenUrl", { type: "oauth2", tokenUrl: "https://u:p@a.example", clientId: "c", clientSecret: "s" }, {}],
    ["/auth/ca", { type: "oauth2", tokenUrl: "https://a.example", clientId: "c", clientSecret: "s", ca: "x" }, {}],
  ])("names %s where two things meet or a value cannot be", (path, auth, more) => {
    expect(paths(auth, more)).toEqual([path]);
  });

  it("knows each secret under one name in one kind only, so that a mask sent back cannot change its kind", () => {
    const { oneOf } = HttpAuth as unknown as { oneOf: { properties: Record<string, Record<string, unknown>> }[] };
    const names = oneOf.flatMap(({ properties }) =>
      Object.entries(properties).flatMap(([name, schema]) => (schema["x-secret"] === true ? [name] : [])),
    );
    expect(names).toHaveLength(4);
    expect(new Set(names).size).toBe(names.length);
  });
});
