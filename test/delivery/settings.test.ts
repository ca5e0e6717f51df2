import { describe, expect, it } from "vitest";
import {
  callbackErrors,
  callbackSettings,
  callbackTemplateErrors,
  completeSettings,
  type EndpointSettings,
  maskSettings,
  type Registry,
  targetOf,
  toEndpoint,
} from "../../src/delivery/settings.js";
import { mergePatch } from "../../src/delivery/settings-patch.js";
import { SECRET_MASK } from "../../src/schemas/secret.js";
import { chooseFormat } from "../../src/templates/choose-format.js";
import { templateOf } from "../../src/templates/index.js";
import { transportOf } from "../../src/transports/index.js";
import { plainFaults } from "../support/plain-faults.js";

const registry: Registry = { transportOf, templateOf, chooseFormat };
const http = { type: "http-post", url: "https://erp.example.com/hook" };
const ftp = { type: "ftp", host: "ftp.example.com", username: "u", password: "p4ssword" };
const json = { name: "ontime", options: { format: "json" } };
const base = { name: "ERP", transport: http, template: { name: "ontime" } };

function complete(input: object): EndpointSettings {
  const { settings, fields } = completeSettings(input, registry);
  if (!settings) throw new Error(JSON.stringify(fields));
  return settings;
}
const paths = (input: unknown) => completeSettings(input, registry).fields.map(({ path }) => path);
const patched = (current: EndpointSettings, patch: unknown) => mergePatch(current, patch, registry);

describe("a setting", () => {
  it("gets the defaults of the design", () => {
    expect(complete(base)).toEqual({
      name: "ERP",
      transport: http,
      template: { name: "ontime", options: {} },
      filter: { statuses: [], statusCodes: [], sources: [] },
      success: { statusCodes: [], bodyIncludes: "" },
      retry: {
        schedule: ["0s", "5s", "1m", "5m", "30m", "2h", "5h", "10h", "14h", "20h", "24h"],
        giveUpAfter: "7d",
      },
      limits: {
        concurrency: 8,
        rate: null,
        order: "none",
        overtakeAfter: "1h",
        batch: { maxEvents: 1, maxWait: "0s" },
        quietHours: [],
        shards: 1,
      },
      timeoutSeconds: 15,
      timeZone: null,
      alerts: { emails: [] },
    });
  });

  it("gets other defaults for files, and keeps what it gives", () => {
    expect(complete({ ...base, transport: ftp, template: json })).toMatchObject({
      limits: { concurrency: 1 },
      timeoutSeconds: 60,
    });
    const own = {
      ...base,
      filter: { statuses: ["DELIVERED"] },
      retry: { schedule: ["1s"], giveUpAfter: "1h" },
      limits: { concurrency: 2, rate: { count: 5, per: "minute" } },
      timeoutSeconds: 5,
      timeZone: "Asia/Tokyo",
      alerts: { language: "fr" },
    };
    expect(complete(own)).toMatchObject(own);
  });

  it("is complete already when it was completed before", () => {
    const settings = complete({ ...base, alerts: { emails: ["a@b.example"], language: "nl" } });
    expect(complete(settings)).toEqual(settings);
  });

  it.each<[string, unknown, string[]]>([
    ["nothing", undefined, [""]],
    ["a list", [], [""]],
    ["an empty object", {}, ["/name", "/transport", "/template"]],
    ["a text as transport", { ...base, transport: "ftp" }, ["/transport"]],
    ["an unknown field", { ...base, colour: "red" }, ["/colour"]],
    ["an unknown transport", { ...base, transport: { type: "pigeon" } }, ["/transport/type"]],
    ["the name of an object's own member", { ...base, transport: { type: "constructor" } }, ["/transport/type"]],
    ["an unknown template", { ...base, template: { name: "nope" } }, ["/template/name"]],
    ["an unknown transport option", { ...base, transport: { ...http, colour: 1 } }, ["/transport/colour"]],
    [
      "an option that the transport finds wrong",
      { ...base, transport: { ...http, url: "ftp://x/" } },
      ["/transport/url"],
    ],
    [
      "an unknown template option",
      { ...base, template: { name: "ontime", options: { a: 1 } } },
      ["/template/options/a"],
    ],
    ["no format where there is a choice", { ...base, transport: ftp }, ["/template/options/format"]],
    [
      "a format that the transport cannot carry",
      { ...base, transport: { ...http, type: "http-get" }, template: { name: "ontime", options: { format: "xml" } } },
      ["/template/options/format"],
    ],
    ["a duration that is none", { ...base, retry: { giveUpAfter: "a week" } }, ["/retry/giveUpAfter"]],
    ["no time at all to deliver", { ...base, retry: { giveUpAfter: "0s" } }, ["/retry/giveUpAfter"]],
    [
      "success rules of requests for files",
      { ...base, transport: ftp, template: json, success: { statusCodes: [201], bodyIncludes: "ok" } },
      ["/success/statusCodes", "/success/bodyIncludes"],
    ],
    ["an order that there is not", { ...base, limits: { order: "newest" } }, ["/limits/order"]],
    [
      "statuses that would expire before they may overtake",
      { ...base, retry: { giveUpAfter: "1h" }, limits: { order: "per-order" } },
      ["/limits/overtakeAfter"],
    ],
    ["quiet hours", { ...base, limits: { quietHours: ["22-06"] } }, ["/limits/quietHours/0"]],
    ["shards", { ...base, limits: { shards: 9 } }, ["/limits/shards"]],
    [
      "shards that may send more at once than the rate allows in a second",
      { ...base, limits: { shards: 4, rate: { count: 180, per: "minute" } } },
      ["/limits/shards"],
    ],
    ["batches", { ...base, limits: { batch: { maxEvents: 2 } } }, ["/limits/batch/maxEvents"]],
    ["a mask as secret", { ...base, transport: { ...http, apiKey: SECRET_MASK } }, ["/transport/apiKey"]],
    [
      "several faults",
      { ...base, timeoutSeconds: 0, transport: { ...http, url: 5 }, limits: { shards: 9 } },
      ["/timeoutSeconds", "/transport/url", "/limits/shards"],
    ],
  ])("is refused with %s", (_case, input, expected) => {
    expect(completeSettings(input, registry).settings).toBeNull();
    expect(paths(input)).toEqual(expected);
  });

  it("says what this version cannot do", () => {
    const files = { ...base, transport: ftp, template: json, limits: { batch: { maxEvents: 2 } } };
    const { fields } = completeSettings(files, registry, "/endpoints/3");
    expect(plainFaults(fields)).toEqual([
      {
        path: "/endpoints/3/limits/batch/maxEvents",
        message: "is not available in this version: a file holds one event",
      },
    ]);
  });
});

describe("a patch", () => {
  const current = complete({
    ...base,
    transport: { ...http, apiKey: "key-123456", headers: { "x-a": "aaaaaa", "x-b": "bbbbbb" } },
    filter: { statuses: ["DELIVERED"], sources: ["API"] },
  });

  it("merges objects one level deep and leaves the rest", () => {
    expect(patched(current, { name: "New", filter: { sources: [] }, timeoutSeconds: 9 })).toEqual({
      ...current,
      name: "New",
      filter: { ...current.filter, sources: [] },
      timeoutSeconds: 9,
    });
    expect(patched(current, {})).toEqual(current);
  });

  it("keeps secrets that are left out or sent back masked", () => {
    const headers = { "x-a": SECRET_MASK, "x-c": "cccccc" };
    expect(patched(current, { transport: { type: "http-post", apiKey: SECRET_MASK, headers } })).toMatchObject({
      transport: { ...http, apiKey: "key-123456", headers: { "x-a": "aaaaaa", "x-c": "cccccc" } },
    });
    expect(patched(current, maskSettings(current, registry))).toEqual(current);
  });

  it("takes any member away with null, so that its default serves, but what an endpoint must have", () => {
    const limits = { concurrency: 3, rate: { count: 5, per: "second" as const }, order: "per-order" as const };
    const own = complete({ ...base, limits, timeoutSeconds: 9, timeZone: "UTC", alerts: { language: "nl" } });
    const changes = { concurrency: null, rate: null, order: null };
    const less = { limits: changes, timeoutSeconds: null, timeZone: null, alerts: { language: null } };
    expect(complete(patched(own, less) as Parameters<typeof complete>[0])).toEqual(complete(base));
    expect(paths(patched(own, { name: null, transport: null }))).toEqual(["/name", "/transport"]);
  });

  it("takes an option away with null, and refuses a mask where no secret was set", () => {
    const { transport } = patched(current, { transport: { apiKey: null } }) as EndpointSettings;
    expect(transport).not.toHaveProperty("apiKey");
    const masked = patched(complete(base), { transport: { apiKey: SECRET_MASK } });
    expect(paths(masked)).toEqual(["/transport/apiKey"]);
  });

  it("replaces a nested option whole, and keeps the secret inside it that is sent back masked", () => {
    const auth = {
      type: "oauth2",
      tokenUrl: "https://id.example/",
      clientId: "c",
      clientSecret: "s3cret-1",
      scope: "a",
    };
    const hmac = { header: "x-sig", secret: "s3cret-2", prefix: "v1=" };
    const secured = complete({ ...base, transport: { ...http, auth, hmac } });
    const masked = maskSettings(secured, registry);
    expect(masked.transport).toMatchObject({ auth: { clientId: "c", clientSecret: SECRET_MASK } });
    expect(JSON.stringify(masked)).not.toContain("s3cret");
    expect(patched(secured, masked)).toEqual(secured);
    const { scope: _scope, ...noScope } = { ...auth, clientSecret: SECRET_MASK, clientId: "d" };
    const changed = patched(secured, { transport: { auth: noScope } }) as EndpointSettings;
    expect(changed.transport.auth).toEqual({ ...noScope, clientSecret: "s3cret-1" });
    expect(changed.transport.hmac).toEqual(hmac);
    expect(patched(secured, { transport: { hmac: null } })).not.toHaveProperty("transport.hmac");
  });

  it("of another kind of authentication needs its own secret", () => {
    const secured = complete({ ...base, transport: { ...http, auth: { type: "bearer", token: "s3cret-1" } } });
    const other = (auth: object) => paths(patched(secured, { transport: { auth } }));
    expect(other({ type: "basic", username: "u", password: SECRET_MASK })).toEqual(["/transport/auth/password"]);
    expect(other({ type: "jwt", algorithm: "HS256", key: SECRET_MASK })).toEqual(["/transport/auth/key"]);
    expect(other({ type: "bearer" })).toEqual(["/transport/auth/token"]);
    expect(other({ type: "bearer", token: SECRET_MASK })).toEqual([]);
  });

  it("replaces the transport whole when its type changes, with the defaults of its kind", () => {
    const merged = patched(current, { transport: ftp, template: { options: { format: "xml" } } });
    expect(complete(merged as object)).toMatchObject({
      transport: ftp,
      template: { name: "ontime", options: { format: "xml" } },
      limits: { concurrency: 1 },
      timeoutSeconds: 60,
    });
    expect((merged as EndpointSettings).transport).not.toHaveProperty("url");
    const chosen = patched(complete({ ...base, timeoutSeconds: 30, limits: { concurrency: 2 } }), {
      transport: ftp,
      template: json,
    });
    expect(complete(chosen as object)).toMatchObject({ limits: { concurrency: 2 }, timeoutSeconds: 30 });
  });

  it.each<[unknown, string[]]>([
    [5, [""]],
    [{ transport: 5 }, ["/transport"]],
    [{ limits: null }, ["/limits"]],
    [{ colour: "red" }, ["/colour"]],
    [{ template: { options: 5 } }, ["/template/options"]],
    [JSON.parse('{"__proto__": {"name": "x"}}'), ["/__proto__"]],
  ])("of %j is judged like a setting", (patch, expected) => {
    expect(paths(patched(current, patch))).toEqual(expect.arrayContaining(expected));
  });
});

describe("masking", () => {
  it("hides every secret and nothing else", () => {
    const settings = complete({ ...base, transport: { ...http, apiKey: "key-123456", headers: { "x-a": "aaaaaa" } } });
    expect(maskSettings(settings, registry)).toEqual({
      ...settings,
      transport: { ...http, apiKey: SECRET_MASK, headers: { "x-a": SECRET_MASK } },
    });
  });

  it("shows no option at all of a transport that is unknown", () => {
    const settings = { ...complete(base), transport: { type: "pigeon", password: "s3cret" } };
    expect(maskSettings(settings, registry).transport).toEqual({ type: "pigeon" });
  });
});

describe("an endpoint", () => {
  const identity = {
    id: "ep_1",
    customer: "acme",
    order: null,
    origin: "api",
    laneId: "ep_1",
    target: "t",
    state: "active",
    stateReason: "",
    version: 1,
    createdAt: 1,
    updatedAt: 1,
  } as const;
  const customer = { timeZone: null, emails: ["c@acme.example"], language: "nl" } as const;

  it("has its durations in milliseconds, and its customer's defaults", () => {
    const settings = complete({ ...base, retry: { schedule: ["0s", "90s", "2h"], giveUpAfter: "1d" } });
    expect(toEndpoint(identity, settings, customer, "Europe/Brussels")).toMatchObject({
      retry: { scheduleMs: [0, 90_000, 7_200_000], giveUpAfterMs: 86_400_000 },
      timeoutMs: 15_000,
      timeZone: "Europe/Brussels",
      alerts: { emails: ["c@acme.example"], language: "nl" },
      settings,
    });
    expect(toEndpoint(identity, settings, { ...customer, timeZone: "Asia/Tokyo" }, "UTC").timeZone).toBe("Asia/Tokyo");
  });

  it("prefers its own", () => {
    const settings = complete({ ...base, timeZone: "UTC", alerts: { emails: ["e@acme.example"], language: "fr" } });
    expect(toEndpoint(identity, settings, { ...customer, timeZone: "Asia/Tokyo" }, "Europe/Brussels")).toMatchObject({
      timeZone: "UTC",
      alerts: { emails: ["e@acme.example"], language: "fr" },
    });
  });
});

describe("the target", () => {
  it("is the same for the same place and template, whatever else differs", () => {
    const target = (change: object) => targetOf(complete({ ...base, ...change }), registry);
    expect(target({ transport: { ...http, apiKey: "key-123456" }, timeoutSeconds: 3 })).toBe(target({}));
    expect(target({ transport: { ...http, type: "http-get" } })).not.toBe(target({}));
    expect(target({ transport: { ...http, url: "https://erp.example.com/other" } })).not.toBe(target({}));
  });
});

describe("callback URLs", () => {
  it("become POSTs in the customer's template, named without their query", () => {
    const settings = callbackSettings({ callbackTemplate: json }, "https://cb.example.com/x?token=s3cret", registry);
    expect(settings).toMatchObject({
      transport: { type: "http-post", url: "https://cb.example.com/x?token=s3cret" },
      template: json,
      limits: { concurrency: 8 },
    });
    expect(settings.name).toContain("cb.example.com/x");
    expect(settings.name).not.toContain("s3cret");
    expect(completeSettings(settings, registry).fields).toEqual([]);
  });

  it("are judged by the transport", () => {
    expect(callbackErrors(["https://a.example/", "https://u:p@b.example/"], registry, "/0/callbackUrls")).toMatchObject(
      [{ path: "/0/callbackUrls/1" }],
    );
  });

  it("need a template that can be posted", () => {
    expect(callbackTemplateErrors(json, registry)).toEqual([]);
    expect(callbackTemplateErrors({ name: "ontime", options: { a: 1 } }, registry)).toMatchObject([
      { path: "/callbackTemplate/options/a" },
    ]);
  });
});
