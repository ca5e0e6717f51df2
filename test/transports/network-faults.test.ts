import { describe, expect, it } from "vitest";
import { networkFault } from "../../src/transports/network-faults.js";

const withCode = (code: string, rest: object = {}) =>
  Object.assign(new Error("words that mean nothing"), { code, ...rest });

describe("networkFault", () => {
  it.each([
    ["ENOTFOUND", "dns"],
    ["EAI_AGAIN", "dns"],
    ["ESERVFAIL", "dns"],
    ["ECONNREFUSED", "connect"],
    ["EHOSTUNREACH", "connect"],
    ["ETIMEDOUT", "timeout"],
    ["ECONNRESET", "reset"],
    ["EPIPE", "reset"],
    ["CERT_HAS_EXPIRED", "tls"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls"],
    ["ERR_SSL_SOMETHING_NEW", "tls"],
  ])("tells %s as %s, in a sentence", (code, fault) => {
    const found = networkFault(withCode(code));
    expect(found?.code).toBe(fault);
    expect(found?.sentence).toMatch(/^[A-Z].*\.$/);
  });

  it("finds the code in the cause, and in the first of several errors", () => {
    expect(networkFault(withCode("UND_ERR_SOCKET", { cause: withCode("CERT_HAS_EXPIRED") }))?.code).toBe("tls");
    const several = new AggregateError([new Error("?"), withCode("EHOSTUNREACH"), withCode("ECONNRESET")]);
    expect(networkFault(several)?.code).toBe("connect");
  });

  it("reads no words, and ends on errors that are their own cause", () => {
    expect(networkFault(new Error("connect ECONNREFUSED 10.0.0.1:80"))).toBeUndefined();
    const loop = withCode("EUNKNOWN");
    loop.cause = loop;
    expect(networkFault(loop)).toBeUndefined();
    for (const none of [undefined, null, "ECONNRESET", 7]) expect(networkFault(none)).toBeUndefined();
  });
});
