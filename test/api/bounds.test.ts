import { afterEach, describe, expect, it } from "vitest";
import type { CheckStep } from "../../src/transports/transport.js";
import { AUTH, type FakeApi, fakeApi, fakeServices } from "./fakes.js";

let api: FakeApi | undefined;
afterEach(async () => {
  await api?.app.close();
  api = undefined;
});

const MIB = 1024 * 1024;

async function open(...args: Parameters<typeof fakeApi>) {
  const opened = await fakeApi(...args);
  api = opened;
  return async (method: "POST" | "PUT" | "PATCH", url: string, payload: object = {}) => {
    const answer = await opened.app.inject({ method, url, headers: AUTH, payload });
    return { status: answer.statusCode, body: answer.json(), wait: answer.headers["retry-after"] };
  };
}

const ENDPOINT = {
  name: "ERP",
  transport: { type: "http-post", url: "https://acme.example/hook" },
  template: { name: "ontime" },
};
const large = (bytes: number) => ({ comment: "x".repeat(bytes) });

describe("a body", () => {
  it("that holds a setting may be 4 MiB, whatever events may be", async () => {
    const call = await open();
    const { id } = (await call("POST", "/v1/customers/acme/endpoints", ENDPOINT)).body;
    for (const [method, url] of [
      ["PATCH", `/v1/endpoints/${id}`],
      ["PUT", "/v1/customers/acme"],
      ["PUT", "/v1/customers/acme/orders/A1"],
      ["POST", "/v1/deliveries/retry"],
      ["POST", "/v1/keys"],
    ] as const) {
      const refused = await call(method, url, large(5 * MIB));
      expect([refused.status, refused.body.detail], url).toEqual([
        413,
        "The request is larger than 4 MiB (4194304 bytes), the most for this address.",
      ]);
      expect((await call(method, url, large(3 * MIB))).status, url).not.toBe(413);
    }
  });

  it("that holds an event to try may be as large as one, and what is published as MAX_REQUEST_MIB says", async () => {
    const call = await open({}, { maxEventBytes: 8 * MIB, maxRequestBytes: 16 * MIB });
    const { id } = (await call("POST", "/v1/customers/acme/endpoints", ENDPOINT)).body;
    expect((await call("POST", `/v1/endpoints/${id}/test`, { event: large(7 * MIB) })).status).toBe(200);
    expect((await call("POST", `/v1/endpoints/${id}/test`, { event: large(13 * MIB) })).status).toBe(413);
    expect((await call("POST", "/v1/events", [large(7 * MIB), large(7 * MIB)])).status).toBe(202);
    const refused = await call("POST", "/v1/events", large(17 * MIB));
    expect([refused.status, refused.body.detail]).toEqual([413, expect.stringContaining("raise MAX_REQUEST_MIB")]);
  });
});

describe("checks and tests", () => {
  it("that somebody's server lets wait are bounded: of one customer, and of all", async () => {
    const waiting: (() => void)[] = [];
    const check = () =>
      new Promise<readonly CheckStep[]>((resolve) => {
        waiting.push(() => resolve([{ step: "connect", ok: true, detail: "", durationMs: 1 }]));
      });
    const { services } = fakeServices();
    const call = await open({ tryOut: { ...services.tryOut, check } });
    const endpointOf = async (customer: string): Promise<string> => {
      await call("PUT", `/v1/customers/${customer}`, {});
      return (await call("POST", `/v1/customers/${customer}/endpoints`, ENDPOINT)).body.id;
    };
    const id = await endpointOf("acme");
    const under: Promise<{ status: number }>[] = [];
    const begin = async (endpoint: string, count: number) => {
      const before = waiting.length;
      for (let at = 0; at < count; at++) under.push(call("POST", `/v1/endpoints/${endpoint}/check`));
      await expect.poll(() => waiting.length).toBe(before + count);
    };
    await begin(id, 8);
    const refused = await call("POST", `/v1/endpoints/${id}/check`);
    expect(refused).toMatchObject({ status: 429, wait: "10", body: { code: "busy" } });
    expect(refused.body.detail).toContain('of "acme"');
    for (let at = 0; at < 7; at++) await begin(await endpointOf(`c${at}`), 8);
    const full = await call("POST", `/v1/endpoints/${await endpointOf("last")}/check`);
    expect([full.status, full.body.detail]).toEqual([429, expect.stringMatching(/^Too many tests and checks are/)]);
    for (const end of waiting) end();
    expect((await Promise.all(under)).every(({ status }) => status === 200)).toBe(true);
    await begin(id, 1);
    for (const end of waiting) end();
    await Promise.all(under);
  });
});
