import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { sign, signingKey, signStreamed } from "../../src/transports/signature.js";
import { streamedBody } from "../support/sending.js";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PREVIOUS = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;
const now = () => Math.floor(Date.now() / 1000);

function keyOf(secret: string): Buffer {
  const key = signingKey(secret);
  if (!key) throw new Error(`not a secret: ${secret}`);
  return key;
}

function verify(secret: string, signature: string, timestamp: number, body: string): void {
  new Webhook(secret).verify(body, {
    "webhook-id": "dlv_1",
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signature,
  });
}

describe("signature", () => {
  it("signs as the example of Standard Webhooks", () => {
    const signature = sign([keyOf(SECRET)], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}');
    expect(signature).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  it("signs so that the standardwebhooks package verifies it", () => {
    const timestamp = now();
    const body = '{"statusFR":"En route 🚚"}';
    const signature = sign([keyOf(SECRET)], "dlv_1", timestamp, Buffer.from(body));
    expect(() => verify(SECRET, signature, timestamp, body)).not.toThrow();
    expect(() => verify(SECRET, signature, timestamp, `${body} `)).toThrow();
    expect(() => verify(PREVIOUS, signature, timestamp, body)).toThrow();
  });

  it("signs with two keys at once, so that holders of either verify it", () => {
    const timestamp = now();
    const signature = sign([keyOf(SECRET), keyOf(PREVIOUS)], "dlv_1", timestamp, "{}");
    expect(signature).toMatch(/^v1,\S+ v1,\S+$/);
    expect(() => verify(SECRET, signature, timestamp, "{}")).not.toThrow();
    expect(() => verify(PREVIOUS, signature, timestamp, "{}")).not.toThrow();
  });

  it("signs a streamed body as it would the same body in one piece", async () => {
    const { body, bytes } = streamedBody(300_000);
    const keys = [keyOf(SECRET)];
    const streamed = await signStreamed(keys, "dlv_1", 1, body, new AbortController().signal);
    expect(streamed).toBe(sign(keys, "dlv_1", 1, bytes));
  });

  it("stops to read a streamed body when the signal aborts", async () => {
    const aborted = AbortSignal.abort(new Error("deadline"));
    const { body } = streamedBody(300_000);
    await expect(signStreamed([keyOf(SECRET)], "dlv_1", 1, body, aborted)).rejects.toThrow("deadline");
  });

  it.each([
    ["no prefix", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    ["23 bytes", `whsec_${Buffer.alloc(23).toString("base64")}`],
    ["65 bytes", `whsec_${Buffer.alloc(65).toString("base64")}`],
    ["not base64", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa*w"],
    ["nothing", "whsec_"],
  ])("takes no secret with %s", (_title, secret) => {
    expect(signingKey(secret)).toBeUndefined();
  });
});
