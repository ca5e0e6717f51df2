import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { createResolver } from "../../src/transports/address-guard.js";
import { Connections } from "../../src/transports/connections.js";
import { httpGet } from "../../src/transports/http-get.js";
import { httpPost } from "../../src/transports/http-post.js";
import type { SendContext } from "../../src/transports/transport.js";
import { makeCertificate } from "../support/certificates.js";
import { type HttpReceiver, type ScriptedAnswer, startHttpReceiver, startRawServer } from "../support/http-receiver.js";
import { closedPort, errorOf, jsonPayload, sendContext, streamedBody } from "../support/sending.js";
import { CLIENT_SECRET, startTokenServer, type TokenServer } from "../support/token-server.js";

let receiver: HttpReceiver;
let tokens: TokenServer;
let connections: Connections;
let options: Record<string, unknown>;
let ahead = 0;
const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + ahead };

beforeEach(async () => {
  [receiver, tokens] = await Promise.all([startHttpReceiver(), startTokenServer()]);
  connections = new Connections({ clock: systemClock });
  options = { url: `${receiver.url}/hook`, auth: tokens.auth };
  ahead = 0;
});
afterEach(async () => {
  await connections.close();
  await Promise.all([receiver.stop(), tokens.stop()]);
});

const payload = jsonPayload('{"a":1}');
const context = (init: Partial<SendContext> = {}) => sendContext({ connections, clock, ...init });
const post = (init: Partial<SendContext> = {}) => httpPost.send(payload, options, context(init));
const withAuth = (more: object) => {
  options = { ...options, auth: { ...tokens.auth, ...more } };
};
const sentTokens = () => receiver.received.map(({ headers }) => headers.authorization);
const refuse: ScriptedAnswer = { status: 401, body: "no" };

describe("an access token", () => {
  it("is asked for as RFC 6749 says, and sent as Bearer", async () => {
    withAuth({ scope: "a b", audience: "https://api.example" });
    const receipt = await post();
    expect(sentTokens()).toEqual(["Bearer token-1"]);
    expect(receipt.timings).toHaveProperty("token");
    const [request] = tokens.received;
    expect(request).toMatchObject({ method: "POST", url: "/token" });
    expect(request?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(Object.fromEntries(new URLSearchParams(request?.body.toString()))).toEqual({
      grant_type: "client_credentials",
      scope: "a b",
      audience: "https://api.example",
    });
  });

  it("is asked for with the credentials in the form where the server wants them there", async () => {
    withAuth({ credentials: "body" });
    await post();
    expect(tokens.received[0]?.headers).not.toHaveProperty("authorization");
    expect(sentTokens()).toEqual(["Bearer token-1"]);
  });

  it("serves on a GET as well", async () => {
    const query = { contentType: "", body: Buffer.alloc(0), fields: [["order", "A"]] as const };
    await httpGet.send(query, options, context());
    expect(receiver.received[0]).toMatchObject({ method: "GET", headers: { authorization: "Bearer token-1" } });
  });

  it("is kept until shortly before it ends", async () => {
    await post();
    ahead = 3_530_000;
    expect((await post()).timings).not.toHaveProperty("token");
    ahead = 3_540_001;
    await post();
    expect(sentTokens()).toEqual(["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
  });

  it("is kept for an hour where the server does not say how long, and read where it says so as text", async () => {
    tokens.extra = {};
    await post();
    ahead = 3_500_000;
    await post();
    expect(tokens.given).toBe(1);
    tokens.extra = { expires_in: "100" };
    ahead = 3_600_000;
    await post();
    ahead += 80_000;
    await post();
    expect(tokens.given).toBe(2);
    ahead += 11_000;
    await post();
    expect(tokens.given).toBe(3);
  });

  it("is asked for once by sends that begin together", async () => {
    await Promise.all(Array.from({ length: 20 }, () => post()));
    expect(tokens.received).toHaveLength(1);
    expect(new Set(sentTokens())).toEqual(new Set(["Bearer token-1"]));
  });

  it("is not asked for in vain because the first of the sends that wait has no time left", async () => {
    let answer = () => {};
    const usual = tokens.answer as (...args: Parameters<Extract<ScriptedAnswer, (...args: never[]) => void>>) => void;
    tokens.script((request, response) => {
      answer = () => usual(request, response);
    });
    const first = errorOf(post({ signal: AbortSignal.timeout(150) }));
    const second = post();
    expect(await first).toMatchObject({ fault: "connection", code: "oauth_unavailable" });
    await expect.poll(() => tokens.received.length).toBe(1);
    answer();
    expect((await second).code).toBe(200);
    expect(tokens.received).toHaveLength(1);
  });

  it("belongs to the endpoint's options: changed ones get their own", async () => {
    await post();
    withAuth({ scope: "other" });
    await post();
    expect(sentTokens()).toEqual(["Bearer token-1", "Bearer token-2"]);
  });
});

describe("a token that the receiver refuses", () => {
  it("is replaced once, and the same request sent again within the attempt", async () => {
    receiver.script(refuse);
    expect((await post()).code).toBe(200);
    expect(sentTokens()).toEqual(["Bearer token-1", "Bearer token-2"]);
    const [first, second] = receiver.received;
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    await post();
    expect(tokens.given).toBe(2);
  });

  it("and whose replacement is refused too ends in a refusal of the receiver", async () => {
    receiver.script(refuse, refuse);
    expect(await errorOf(post())).toMatchObject({ fault: "response", code: "http_401", status: 401, response: "no" });
    expect(receiver.received).toHaveLength(2);
    expect(tokens.given).toBe(2);
  });

  it("is replaced once for all sends that were refused with it", async () => {
    receiver.answer = ({ headers }, response) =>
      response.writeHead(headers.authorization === "Bearer token-1" ? 401 : 200).end();
    await Promise.all(Array.from({ length: 10 }, () => post()));
    expect(tokens.given).toBe(2);
  });

  it("is not sent again when the server gives the same one", async () => {
    tokens.extra = { access_token: "always-the-same" };
    receiver.script(refuse);
    expect(await errorOf(post())).toMatchObject({ code: "http_401" });
    expect(receiver.received).toHaveLength(1);
  });

  it("has a streamed body sent again whole", async () => {
    const { body, bytes } = streamedBody(300_000);
    receiver.script(refuse);
    await httpPost.send({ contentType: "text/plain", body }, options, context());
    expect(receiver.received.map((request) => request.body.equals(bytes))).toEqual([true, true]);
  });

  it("is not replaced for other refusals", async () => {
    receiver.script({ status: 403 });
    expect(await errorOf(post())).toMatchObject({ code: "http_403" });
    expect(tokens.given).toBe(1);
  });
});

describe("a token server", () => {
  const tokenError = async (answer: ScriptedAnswer) => {
    tokens.script(answer);
    const error = await errorOf(post());
    expect(receiver.received).toEqual([]);
    return error;
  };
  const json = (body: unknown, status = 200): ScriptedAnswer => ({ status, body: JSON.stringify(body) });

  it("that does not know the client makes the setting faulty, with the partner's code and words", async () => {
    const echo = { error: "invalid_client", error_description: `the secret ${CLIENT_SECRET} is wrong` };
    const error = await tokenError(json(echo, 401));
    expect(error).toMatchObject({ fault: "config", code: "oauth_refused", eventOnly: false });
    expect(error.message).toContain("invalid_client (401 Unauthorized)");
    expect(error.response).toBe("invalid_client: the secret ******** is wrong");
  });

  it("whose error code is a secret that it was sent does not have it told", async () => {
    const error = await tokenError(json({ error: CLIENT_SECRET }, 400));
    expect(`${error.message}${error.response}${error.stack}${String(error.cause)}`).not.toContain("s3cret");
  });

  it.each([
    ["a page", { status: 200, body: "<!doctype html><html>Sign in</html>" }, "a web page (HTML)"],
    ["a page of an error", { status: 404, body: "  <html>Not found</html>" }, "404 Not Found and a web page (HTML)"],
    ["nothing", { status: 200 }, "something else"],
    ["a refusal without a reason", { status: 403 }, "403 Forbidden and nothing more"],
    ["a redirect", { status: 302, headers: { location: "/login?token=abc" } }, "redirected (302 Found)"],
    ["JSON without a token", { body: '{"ok":true}' }, "without a token"],
    ["a token with a line end", { body: '{"access_token":"a\\r\\nx: y"}' }, "without a token"],
    ["a token of another type", { body: '{"access_token":"abc","token_type":"mac"}' }, "another type than Bearer"],
    ["a list", { body: "[]" }, "something else"],
    ["gone", { status: 410 }, "410 Gone"],
  ] as const)("that answers %s makes the setting faulty, and says so", async (_title, answer, words) => {
    const error = await tokenError(answer);
    expect(error).toMatchObject({ fault: "config", code: "oauth_answer", eventOnly: false, status: undefined });
    expect(error.message).toContain(words);
    expect(error.message).toContain(`The token server 127.0.0.1:${tokens.port} `);
  });

  it.each([
    ["500", json({ error: "server_error" }, 500)],
    ["503 with a page", { status: 503, body: "<html>" }],
    ["429", { status: 429 }],
    ["that it is busy, with a 400", json({ error: "temporarily_unavailable" }, 400)],
  ] as const)("that answers %s is tried again later, without a held lane", async (_title, answer) => {
    expect(await tokenError(answer)).toMatchObject({ fault: "connection", code: "oauth_unavailable" });
    expect((await post()).code).toBe(200);
  });

  it("that asks to wait has its wish told", async () => {
    const error = await tokenError({ status: 503, headers: { "retry-after": "120" } });
    expect(error).toMatchObject({ status: 503, retryAfterMs: 120_000 });
  });

  it("that cannot be reached, or breaks off, is no fault of the receiver, and nothing was sent", async () => {
    withAuth({ tokenUrl: `http://127.0.0.1:${await closedPort()}/` });
    const closed = await errorOf(post());
    expect(closed).toMatchObject({ fault: "connection", code: "oauth_unavailable" });
    expect(closed.message).toContain("nothing listens on this port");
    const raw = await startRawServer("220 mail.example\r\n");
    withAuth({ tokenUrl: raw.url });
    expect(await errorOf(post())).toMatchObject({ fault: "connection", code: "oauth_unavailable" });
    await raw.stop();
    expect(receiver.received).toEqual([]);
  });

  it("that is silent is given up after ten seconds, whatever the endpoint's deadline", async () => {
    tokens.script(() => undefined);
    // Only the time-out of the token request: connecting has its own, of the same length.
    const quick = { ...clock, after: (ms: number, callback: () => void) => clock.after(ms / 50, callback) };
    const error = await errorOf(post({ clock: quick }));
    expect(error).toMatchObject({ fault: "connection", code: "oauth_unavailable" });
    expect(error.message).toContain("did not answer within 10 s");
  });

  it("that sends without end is cut off", async () => {
    const endless: ScriptedAnswer = (_request, response) => {
      const write = () => response.destroyed || response.write(Buffer.alloc(65_536, " "), write);
      write();
    };
    expect(await tokenError(endless)).toMatchObject({ fault: "config", code: "oauth_answer" });
  });

  it("at an address that is not allowed is not connected to", async () => {
    const allowed = createResolver({ egressAllow: ["127.0.0.1"] });
    withAuth({ tokenUrl: "http://127.0.0.2:9/token" });
    const error = await errorOf(post({ resolve: allowed }));
    expect(error).toMatchObject({ fault: "config", code: "address_refused" });
    expect(error.message).toContain("The token server 127.0.0.2:9 cannot be asked");
  });

  it("is trusted by its own authority, not by the receiver's", async () => {
    const certificate = makeCertificate();
    const secured = await startHttpReceiver({ certificate });
    secured.answer = { body: '{"access_token":"of-tls"}' };
    withAuth({ tokenUrl: secured.url });
    expect((await errorOf(post())).message).toContain("self-signed");
    withAuth({ tokenUrl: secured.url, ca: certificate.cert });
    expect((await post()).code).toBe(200);
    await secured.stop();
  });

  it("has no token of its own kept in the receiver's answer", async () => {
    receiver.script((request, response) => response.writeHead(500).end(`you sent ${request.headers.authorization}`));
    expect((await errorOf(post())).response).toBe("you sent Bearer ********");
  });
});

describe("a check of an endpoint with OAuth", () => {
  const steps = async () => (await httpPost.check(options, context())).map(({ step, ok }) => `${step} ${ok}`);

  it("shows the token as a step of its own, and asks for a new one each time", async () => {
    expect(await steps()).toEqual(["resolve true", "connect true", "token true", "request true"]);
    await steps();
    expect(tokens.given).toBe(2);
    const shown = JSON.stringify(await httpPost.check(options, context()));
    expect(shown).toContain("valid for 3600 s");
    expect(shown).not.toContain("token-3");
  });

  it("stops at a token server that refuses", async () => {
    withAuth({ clientSecret: "wrong" });
    expect(await steps()).toEqual(["resolve true", "connect true", "token false"]);
    expect((await httpPost.check(options, context())).at(-1)?.detail).toContain("invalid_client");
  });

  it("that gets no new token leaves the one that serves", async () => {
    await post();
    tokens.script({ status: 503 });
    expect((await steps()).at(-1)).toBe("token false");
    await post();
    expect(sentTokens()).toEqual(["Bearer token-1", "Bearer token-1"]);
  });
});
