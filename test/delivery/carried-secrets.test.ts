import { describe, expect, it } from "vitest";
import { carriedSecretErrors } from "../../src/delivery/carried-secrets.js";
import { completeSettings, type EndpointSettings, maskSettings, type Registry } from "../../src/delivery/settings.js";
import { mergePatch } from "../../src/delivery/settings-patch.js";
import { SECRET_MASK } from "../../src/schemas/secret.js";
import { chooseFormat } from "../../src/templates/choose-format.js";
import { templateOf } from "../../src/templates/index.js";
import { transportOf } from "../../src/transports/index.js";

const registry: Registry = { transportOf, templateOf, chooseFormat };

function sound(input: unknown): EndpointSettings {
  const { settings, fields } = completeSettings(input, registry);
  if (!settings) throw new Error(JSON.stringify(fields));
  return settings;
}

const endpoint = (transport: object, template: object = { name: "ontime", options: { format: "json" } }) =>
  sound({ name: "ERP", transport, template });

/** The places that must be given again when `patch` is applied. */
function again(current: EndpointSettings, patch: object): string[] {
  const changed = sound(mergePatch(current, patch, registry));
  return carriedSecretErrors(current, changed, patch, registry).map(({ path }) => path);
}

describe("the secrets of an endpoint that is pointed at another server", () => {
  const http = endpoint({
    type: "http-post",
    url: "https://erp.example.com/hook",
    apiKey: "key-123456",
    headers: { "x-token": "t0ken-1" },
    hmac: { header: "x-sig", secret: "s3cret-2" },
    auth: { type: "oauth2", tokenUrl: "https://id.example.com/", clientId: "c", clientSecret: "s3cret-1" },
  });
  const sent = ["/transport/apiKey", "/transport/auth/clientSecret", "/transport/headers/x-token"];
  const at = (url: string, more: object = {}) => ({ transport: { url, ...more } });

  it("must be given again, left out or sent back masked", () => {
    expect(again(http, at("https://evil.example.net/hook")).sort()).toEqual(sent);
    const masked = maskSettings(http, registry);
    const { transport } = masked;
    const patch = { ...masked, transport: { ...transport, url: "https://evil.example.net/hook" } };
    expect(again(http, patch).sort()).toEqual(sent);
  });

  it("must be given again for another port, for HTTP in clear, and for another token server", () => {
    expect(again(http, at("https://erp.example.com:8443/hook"))).toHaveLength(3);
    expect(again(http, at("http://erp.example.com/hook"))).toHaveLength(3);
    const auth = {
      ...(http.transport.auth as object),
      tokenUrl: "https://evil.example.net/",
      clientSecret: SECRET_MASK,
    };
    expect(again(http, { transport: { auth } })).toHaveLength(3);
  });

  it("stay for another path of the same server", () => {
    expect(again(http, at("https://ERP.example.com:443/other?a=1"))).toEqual([]);
  });

  it("are taken when they are given or taken away, and what only signs stays", () => {
    const given = { apiKey: "key-123456", headers: { "x-token": "other" }, auth: null };
    expect(again(http, at("https://new.example.com/", given))).toEqual([]);
    expect(again(http, at("https://new.example.com/", { ...given, headers: { "x-token": SECRET_MASK } }))).toEqual([
      "/transport/headers/x-token",
    ]);
  });

  it("are known by their place also where the name of a header holds dots", () => {
    const dotted = endpoint({ type: "http-post", url: "https://a.example.com/", headers: { "x.api.key": "t0ken-1" } });
    const url = "https://b.example.com/";
    expect(again(dotted, at(url))).toEqual(["/transport/headers/x.api.key"]);
    expect(again(dotted, at(url, { headers: { "x.api.key": "t0ken-1" } }))).toEqual([]);
  });

  it("are those of FTP and SFTP too, of which a private key never leaves", () => {
    const ftp = endpoint({ type: "ftp", host: "ftp.example.com", username: "u", password: "p4ssword" });
    expect(again(ftp, { transport: { host: "evil.example.net" } })).toEqual(["/transport/password"]);
    expect(again(ftp, { transport: { port: 2121 } })).toEqual(["/transport/password"]);
    expect(again(ftp, { transport: { host: "FTP.example.com", directory: "in" } })).toEqual([]);
    expect(again(ftp, { transport: { host: "b.example.com", password: "p4ssword" } })).toEqual([]);
    const login = { type: "sftp", host: "a.example.com", username: "u", password: "p4ssword" };
    expect(again(endpoint(login), { transport: { host: "b.example.com" } })).toEqual(["/transport/password"]);
  });

  it("are asked for again wherever they are to go to another IPv6 address, however it is written", () => {
    for (const type of ["ftp", "sftp"]) {
      const six = endpoint({ type, host: "2606:4700::1111", username: "u", password: "p4ssword" });
      const to = (host: string, more: object = {}) => again(six, { transport: { host, ...more } });
      expect(to("2a01:4f8::666"), type).toEqual(["/transport/password"]);
      expect(to("[2a01:4f8::666]"), type).toEqual(["/transport/password"]);
      expect(to("2606:4700::1111", { port: 2121 }), type).toEqual(["/transport/password"]);
      expect(to("evil.example.net"), type).toEqual(["/transport/password"]);
      expect(to("[2606:4700:0:0::1111]", { directory: "in" }), type).toEqual([]);
    }
    const web = endpoint({ type: "http-post", url: "https://[2606:4700::1111]/", apiKey: "key-123456" });
    expect(again(web, at("https://[2a01:4f8::666]/"))).toEqual(["/transport/apiKey"]);
    expect(again(web, at("https://[2606:4700:0::1111]/in"))).toEqual([]);
  });

  it("are asked for again where what is set is no host: nobody knows which server that would be", () => {
    const nowhere = endpoint({ type: "ftp", host: "a:b:c", username: "u", password: "p4ssword" });
    for (const host of ["a:b:c", "d:e:f"]) {
      expect(again(nowhere, { transport: { host } }), host).toEqual(["/transport/password"]);
    }
  });

  it("must be given again for the same server secured in another way, to TLS and back", () => {
    const modes = ["none", "explicit", "implicit"] as const;
    for (const from of modes) {
      const login = { type: "ftp", host: "ftp.example.com", port: 2121, username: "u", password: "p4ssword" };
      const current = endpoint({ ...login, tls: from });
      for (const tls of modes) {
        const asked = tls === from ? [] : ["/transport/password"];
        expect(again(current, { transport: { tls } }), `${from} to ${tls}`).toEqual(asked);
      }
    }
    const web = endpoint({ type: "http-post", url: "http://erp.example.com:8443/", apiKey: "key-123456" });
    expect(again(web, at("https://erp.example.com:8443/"))).toEqual(["/transport/apiKey"]);
    const asked = ["/transport/apiKey"];
    expect(again(endpoint({ ...web.transport, type: "http-get" }, { name: "ontime" }), at("http://b.nl/"))).toEqual(
      asked,
    );
  });

  it("need no word when another kind of transport takes none along", () => {
    expect(
      again(http, { transport: { type: "ftp", host: "evil.example.net", username: "u", password: "other" } }),
    ).toEqual([]);
  });
});
