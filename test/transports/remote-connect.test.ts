import { describe, expect, it } from "vitest";
import { DeadlineError, oneLine, Steps, tlsName, untilAborted } from "../../src/transports/remote-connect.js";
import { manualClock } from "../support/clock.js";

const never = () => new Promise<never>(() => undefined);

describe("untilAborted", () => {
  it("ends what never ends, and closes what it worked on", async () => {
    const controller = new AbortController();
    let closed = false;
    const waiting = untilAborted(
      controller.signal,
      () => {
        closed = true;
      },
      never,
    );
    controller.abort();
    await expect(waiting).rejects.toBeInstanceOf(DeadlineError);
    expect(closed).toBe(true);
  });

  it("does not begin when the signal was aborted before", async () => {
    let begun = false;
    const action = async () => {
      begun = true;
    };
    await expect(untilAborted(AbortSignal.abort(), () => undefined, action)).rejects.toBeInstanceOf(DeadlineError);
    expect(begun).toBe(false);
  });
});

describe("Steps", () => {
  it("times each step and adds up those that ran twice", async () => {
    const clock = manualClock();
    const steps = new Steps(clock, new AbortController().signal);
    const taking = (ms: number) => () => clock.advance(ms);
    await steps.run("send", () => undefined, taking(20));
    await steps.run("size", () => undefined, taking(5));
    await steps.run("send", () => undefined, taking(30));
    expect(steps.timings()).toEqual({ send: 50, size: 5 });
  });

  it("tells the fingerprint that was offered also of a step that failed", async () => {
    const steps = new Steps(manualClock(), new AbortController().signal);
    const failing = steps.run(
      "tls",
      () => undefined,
      async () => {
        steps.offered("SHA256:abc");
        throw new Error("no");
      },
    );
    await expect(failing).rejects.toThrow("no");
    expect(steps.list({ detail: "not trusted", code: "tls" })).toEqual([
      { step: "tls", ok: false, detail: "not trusted", code: "tls", durationMs: 0, fingerprint: "SHA256:abc" },
    ]);
  });
});

describe("text of a server", () => {
  it("becomes one bounded line", () => {
    expect(oneLine("550-No\r\n550 \u001b[31mway\u0000")).toBe("550-No 550  [31mway");
    expect(oneLine("x".repeat(1000))).toHaveLength(301);
  });
});

describe("tlsName", () => {
  it("names no literal in SNI", () => {
    expect(tlsName("10.0.0.1")).toEqual({ host: "10.0.0.1" });
    expect(tlsName("::1")).toEqual({ host: "::1" });
    expect(tlsName("[::1]")).toEqual({ host: "::1" });
    expect(tlsName("0x7f.1")).toEqual({ host: "127.0.0.1" });
  });

  it("writes a name as DNS does, without a dot at its end", () => {
    const named = (host: string) => ({ host, servername: host });
    expect(tlsName("ftp.acme.example")).toEqual(named("ftp.acme.example"));
    expect(tlsName("FTP.acme.example.")).toEqual(named("ftp.acme.example"));
    expect(tlsName("müller.example")).toEqual(named("xn--mller-kva.example"));
  });
});
