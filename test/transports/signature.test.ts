import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, describe, expect, it } from "vitest";
import { newSigningSecret, type SigningKey, sign, signingKey, signStreamed } from "../../src/transports/signature.js";
import { streamedBody } from "../support/sending.js";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PREVIOUS = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;
const now = () => Math.floor(Date.now() / 1000);

function keyOf(secret: string): SigningKey {
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
    expect(streamed).toEqual({ signature: sign(keys, "dlv_1", 1, bytes), body });
  });

  it("throws when a streamed body is not as long as it was said to be", async () => {
    const { body } = streamedBody(300_000);
    for (const length of [299_999, 300_001]) {
      const signing = signStreamed([keyOf(SECRET)], "dlv_1", 1, { ...body, length }, new AbortController().signal);
      await expect(signing).rejects.toThrow("the body has 300000 bytes");
    }
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
    ["a seed of 31 bytes", `whsk_${Buffer.alloc(31).toString("base64")}`],
    ["a key of 63 bytes", `whsk_${Buffer.alloc(63).toString("base64")}`],
    ["the public key of another seed", `whsk_${Buffer.alloc(64, 1).toString("base64")}`],
    ["a seed in another alphabet", `whsk_${"-".repeat(43)}=`],
    ["a public key", `whpk_${Buffer.alloc(32, 1).toString("base64")}`],
  ])("takes no secret with %s", (_title, secret) => {
    expect(signingKey(secret)).toBeUndefined();
  });
});

describe("an ed25519 signature", () => {
  const folder = mkdtempSync(join(tmpdir(), "waybell-signature-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  // RFC 8032, section 7.1, TEST 3.
  const SEED = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7";
  const PUBLIC = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
  const secret = `whsk_${Buffer.from(SEED, "hex").toString("base64")}`;
  const publicKey = `whpk_${Buffer.from(PUBLIC, "hex").toString("base64")}`;

  const publicOf = (text: string): string => {
    const key = keyOf(text);
    return key.kind === "ed25519" ? key.publicKey : "";
  };

  /** Verifies with the openssl command, which shares no code with what signs but the library below both. */
  function opensslVerifies(key: string, signature: string, content: Buffer | string): boolean {
    const raw = Buffer.from(key.replace("whpk_", ""), "base64").toString("hex");
    const file = (name: string, bytes: Buffer) => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    };
    const der = file("key.der", Buffer.from(`302a300506032b6570032100${raw}`, "hex"));
    const sig = file("signature", Buffer.from(signature.replace("v1a,", ""), "base64"));
    const message = file("message", Buffer.concat([Buffer.from("dlv_1.1700000000."), Buffer.from(content)]));
    const pem = ["-pubin", "-inkey", der, "-keyform", "DER"];
    const { status, error } = spawnSync("openssl", [
      "pkeyutl",
      "-verify",
      ...pem,
      "-rawin",
      "-in",
      message,
      "-sigfile",
      sig,
    ]);
    if (error) throw error;
    return status === 0;
  }

  it("has the public key of the seed, which may stand behind it", () => {
    expect(publicOf(secret)).toBe(publicKey);
    expect(publicOf(`whsk_${Buffer.from(SEED + PUBLIC, "hex").toString("base64")}`)).toBe(publicKey);
  });

  it("is verified by openssl with the public key, and with no other, nor for another body", () => {
    const body = '{"statusFR":"En route 🚚"}';
    const signature = sign([keyOf(secret)], "dlv_1", 1_700_000_000, body);
    expect(signature).toMatch(/^v1a,[A-Za-z0-9+/]{86}==$/);
    expect(opensslVerifies(publicKey, signature, body)).toBe(true);
    expect(opensslVerifies(publicKey, signature, `${body} `)).toBe(false);
    expect(opensslVerifies(publicOf(newSigningSecret("ed25519")), signature, body)).toBe(false);
  });

  it("stands beside one of another kind in a rotation, each for its holders", () => {
    const timestamp = now();
    const signature = sign([keyOf(secret), keyOf(SECRET)], "dlv_1", timestamp, "{}");
    expect(signature).toMatch(/^v1a,\S+ v1,\S+$/);
    expect(() => verify(SECRET, signature, timestamp, "{}")).not.toThrow();
    expect(() => verify(PREVIOUS, signature, timestamp, "{}")).toThrow();
  });

  it("is over a streamed body what it is over the same body in one piece, which is then what is sent", async () => {
    const { body, bytes } = streamedBody(300_000);
    const keys = [keyOf(SECRET), keyOf(secret)];
    const streamed = await signStreamed(keys, "dlv_1", 1_700_000_000, body, new AbortController().signal);
    expect(streamed.signature).toBe(sign(keys, "dlv_1", 1_700_000_000, bytes));
    expect(Buffer.isBuffer(streamed.body) && streamed.body.equals(bytes)).toBe(true);
    expect(opensslVerifies(publicKey, streamed.signature.split(" ")[1] ?? "", bytes)).toBe(true);
  });

  it.each(["hmac", "ed25519"] as const)(
    "is made with new secrets of their kind that are never the same: %s",
    (kind) => {
      const made = [newSigningSecret(kind), newSigningSecret(kind)];
      expect(made.map((one) => signingKey(one)?.kind)).toEqual([kind, kind]);
      expect(made[0]).not.toBe(made[1]);
    },
  );
});
