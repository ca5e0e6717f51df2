import { describe, expect, it } from "vitest";
import { guardedTransports, transportOf, transports } from "../../src/transports/index.js";

describe("the registry of transports", () => {
  it("holds each under its own name", () => {
    expect(Object.keys(transports)).toEqual(["http-get", "http-post", "ftp", "sftp"]);
    for (const [name, transport] of Object.entries(transports)) expect(transport.name).toBe(name);
  });

  it("knows no other name", () => {
    for (const name of ["smtp", "", "toString", "__proto__"]) {
      expect(transportOf(name)).toBeUndefined();
      expect(guardedTransports([])(name)).toBeUndefined();
    }
  });

  it.each([
    ["http-post", { url: "http://127.1/hook" }, "/url"],
    ["http-get", { url: "http://[::ffff:10.0.0.1]/" }, "/url"],
    ["ftp", { host: "0x7f.1", username: "u", password: "p" }, "/host"],
    ["sftp", { host: "::1", username: "u", password: "p" }, "/host"],
  ])("refuses to save a private literal address in %s, unless it is allowed", (name, options, path) => {
    const paths = (egressAllow: readonly string[]) => {
      const found = guardedTransports(egressAllow)(name)?.validate?.(options) ?? [];
      return found.filter(({ message }) => message.includes("EGRESS_ALLOW")).map((finding) => finding.path);
    };
    expect(paths([])).toEqual([path]);
    expect(paths(["127.0.0.0/8", "10.0.0.0/8", "::1"])).toEqual([]);
  });

  it("leaves a host name to the check at each connection", () => {
    expect(guardedTransports([])("http-post")?.validate?.({ url: "https://erp.example/" })).toEqual([]);
  });
});
