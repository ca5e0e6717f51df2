import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClient, findServer } from "../../src/cli/client.js";
import { ApiError, fieldLines } from "../../src/cli/fail.js";
import { type FakeApi, KEY, startFakeApi } from "./fake-api.js";

let api: FakeApi;
let folder = "";
beforeEach(async () => {
  api = await startFakeApi();
  folder = mkdtempSync(join(tmpdir(), "waybell-client-"));
});
afterEach(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("findServer", () => {
  const config = () => ({ url: null, key: null, dataFolder: folder });

  it("takes what was given, then the environment, then what the service left beside its database", () => {
    writeFileSync(join(folder, "server.json"), '{"url":"http://127.0.0.1:9000","pid":1}');
    writeFileSync(join(folder, "admin.key"), "local-key\n");
    expect(findServer({}, config())).toEqual({ url: "http://127.0.0.1:9000", key: "local-key" });
    const environment = { url: "https://w.example/", key: "env-key", dataFolder: folder };
    expect(findServer({}, environment)).toEqual({ url: "https://w.example", key: "env-key" });
    expect(findServer({ url: "http://10.0.0.1", key: "own" }, environment)).toEqual({
      url: "http://10.0.0.1",
      key: "own",
    });
  });

  it("gives the key of this machine's service to no other server", () => {
    writeFileSync(join(folder, "admin.key"), "local-key");
    expect(() => findServer({ url: "https://elsewhere.example" }, config())).toThrow(
      /There is no key for https:\/\/elsewhere/,
    );
    expect(findServer({ url: "http://127.0.0.1:8080/" }, config()).key).toBe("local-key");
  });

  it("refuses an address that is none", () => {
    expect(() => findServer({ url: "localhost:80", key: "k" }, config())).toThrow(/is no address of a server/);
  });
});

describe("client", () => {
  it("reads all pages of a list", async () => {
    const pages: Record<string, unknown> = {
      "": { items: [{ id: 1 }, { id: 2 }], next: "b" },
      b: { items: [{ id: 3 }], next: null },
    };
    api.routes.set("GET /v1/deliveries", (_, url) => {
      expect(url.searchParams.get("state")).toBe("failed");
      return pages[url.searchParams.get("cursor") ?? ""];
    });
    const client = createClient({ url: api.url, key: KEY });
    const found: unknown[] = [];
    for await (const { id } of client.items("/v1/deliveries", { state: "failed" })) found.push(id);
    expect(found).toEqual([1, 2, 3]);
    await client.close();
  });

  it("takes no answer for a list that is none", async () => {
    const client = createClient({ url: api.url, key: KEY });
    for (const answer of ["<html>", {}, null, [], { items: "many" }]) {
      api.routes.set("GET /v1/deliveries", () => answer);
      await expect(client.items("/v1/deliveries").next()).rejects.toMatchObject({
        exitCode: 1,
        message: expect.stringMatching(
          /^The answer to GET \/v1\/deliveries is no list: is http.* the address of a Waybell/,
        ),
      });
    }
    await client.close();
  });

  it("turns a problem document into sentences, one for each faulty field", () => {
    const errors = [
      { path: "/transport/url", message: "is missing" },
      { path: "", message: "is not an object" },
    ];
    const error = new ApiError(422, { title: "Faulty input", detail: "The request has faulty fields.", errors }, null);
    expect(error.message).toBe(
      "The server said no (422): The request has faulty fields.\n  transport/url: is missing\n  is not an object",
    );
    expect(error.exitCode).toBe(1);
    expect(fieldLines([])).toBe("");
  });

  it("names the key as the fault when it is refused", async () => {
    const client = createClient({ url: api.url, key: "wrong" });
    await expect(client.request("GET", "/v1/customers")).rejects.toThrow(/does not take this key \(401\)/);
    await client.close();
  });

  it("says that a server cannot be reached, with exit code 3", async () => {
    await api.close();
    const client = createClient({ url: api.url, key: KEY });
    await expect(client.request("GET", "/v1/customers")).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/cannot be reached \(ECONNREFUSED\).*waybell serve/),
    });
    await client.close();
    api = await startFakeApi();
  });
});
