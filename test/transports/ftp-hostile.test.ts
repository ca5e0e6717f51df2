import { describe, expect, it } from "vitest";
import type { FtpMisbehaviour } from "../../src/cli/demo/ftp-session.js";
import { ftp } from "../../src/transports/ftp.js";
import { LOGIN, NAME, TEXT, useOwnFtp } from "../servers/own-ftp.js";
import { errorOf, streamedBody } from "../support/sending.js";

const own = useOwnFtp();

const REFUSED: readonly (readonly [string, FtpMisbehaviour, string])[] = [
  ["550 to STOR", { answers: { STOR: "550 Permission denied" } }, "ftp_550"],
  ["451 after the transfer", { answersAfter: { STOR: "451 Local error" } }, "ftp_451"],
  ["552 after the transfer", { answersAfter: { STOR: "552 No space" } }, "ftp_552"],
  ["550 to RNFR", { answers: { RNFR: "550 No" } }, "ftp_550"],
  ["553 to RNTO", { answers: { RNTO: "553 No" } }, "ftp_553"],
  ["an empty file and 226", { keepBytes: 0 }, "size"],
  ["half a file and 226", { keepBytes: 5 }, "size"],
];

const BROKEN: readonly (readonly [string, FtpMisbehaviour, string])[] = [
  ["426 in the middle of the transfer", { answersAfter: { STOR: "426 Aborted" }, keepBytes: 2 }, "ambiguous"],
  ["a connection that dies at STOR", { answers: { STOR: "" } }, "connection"],
  ["a connection that dies at RNTO", { answers: { RNTO: "" } }, "ambiguous"],
  ["a greeting without an end", { greeting: `220-${"x".repeat(100_000)}` }, "connection"],
  ["a server of another protocol", { greeting: "SSH-2.0-OpenSSH_9.2" }, "connection"],
  ["421 as a greeting", { greeting: "421 Too many users" }, "connection"],
];

describe("never delivered", () => {
  for (const [title, misbehaviour, code] of REFUSED) {
    it(`${title} is the server's no, and nothing is left behind`, async () => {
      own.server.misbehave(misbehaviour);
      expect(await errorOf(own.send())).toMatchObject({ fault: "response", code });
      expect(own.names()).toEqual([]);
    });
  }

  for (const [title, misbehaviour, fault] of BROKEN) {
    it(`${title} is a fault of kind ${fault}`, async () => {
      own.server.misbehave(misbehaviour);
      expect((await errorOf(own.send())).fault).toBe(fault);
      expect(own.names()).not.toContain(NAME);
    });
  }

  it("a wrong size is found on the same connection for each file", async () => {
    own.server.misbehave({ keepBytes: 0 });
    for (let at = 0; at < 3; at++) {
      expect(await errorOf(own.send())).toMatchObject({ code: "size", serverFault: true });
    }
    expect(own.server.accepted).toBe(1);
    own.server.misbehave({});
    await own.send();
    expect(own.names()).toEqual([NAME]);
  });

  it("any other refusal ends the connection", async () => {
    own.server.misbehave({ answers: { STOR: "553 No" } });
    for (let at = 0; at < 2; at++) expect(await errorOf(own.send())).toMatchObject({ fault: "response" });
    expect(own.server.accepted).toBe(2);
  });

  it.each([
    ["450 Busy", true],
    ["452 No room", true],
    ["550 No right", true],
    ["552 No room", true],
    ["501 What name is that?", false],
    ["553 Not by that name", false],
  ])("%s is the server's fault, but for what is about the name: %s", async (reply, serverFault) => {
    own.server.misbehave({ answers: { STOR: reply } });
    expect(await errorOf(own.send())).toMatchObject({ fault: "response", serverFault });
  });

  it("a connection that dies in mid-upload is ambiguous", async () => {
    own.server.misbehave({ dieAfterBytes: 200_000 });
    const { body } = streamedBody(5_000_000);
    const error = await errorOf(ftp.send({ contentType: "text/plain", body }, own.options(), own.context()));
    expect(error.fault).toBe("ambiguous");
    expect(own.names()).toEqual([`${NAME}.part`]);
  });

  it("a server that is silent after accepting ends at the deadline", async () => {
    own.server.misbehave({ silent: true });
    const error = await errorOf(own.send({}, { signal: AbortSignal.timeout(200) }));
    expect(error).toMatchObject({ fault: "connection", code: "timeout" });
  });

  it("a server that is silent after the data ends at the deadline as ambiguous", async () => {
    own.server.misbehave({ answersAfter: { STOR: "150 Wait" } });
    const error = await errorOf(own.send({}, { signal: AbortSignal.timeout(300) }));
    expect(error).toMatchObject({ fault: "ambiguous", code: "timeout", remotePath: NAME });
  });

  it("a listing without an end is named, and what was sent is ambiguous", async () => {
    own.server.misbehave({ answers: { SIZE: "502 Not known" }, endlessListing: true });
    const said = { code: "protocol", message: "The server's listing of the file is longer than 1048576 bytes." };
    expect(await errorOf(own.send())).toMatchObject({ fault: "ambiguous", ...said });
  });

  it("tells no password that a server echoes", async () => {
    own.server.misbehave({ answers: { PASS: `530 "${LOGIN.password}" is wrong` } });
    const error = await errorOf(own.send());
    expect(error).toMatchObject({ fault: "connection", code: "login", status: 530 });
    expect(`${error.message}${error.response}${String(error.cause)}`).not.toContain(LOGIN.password);
  });
});

it("tells no password that a server knows from before: in its greeting, in another protocol, or where its words are cut", async () => {
  const { password } = LOGIN;
  own.server.misbehave({ greeting: `220 after ${password}` });
  const steps = JSON.stringify(await ftp.check(own.options(), own.context()));
  expect([steps.includes("220 after ***"), steps.includes(password)]).toEqual([true, false]);
  own.server.misbehave({ greeting: `SSH-2.0-${password}` });
  expect((await errorOf(own.send())).message).toContain('it said "SSH-2.0-***"');
  const before = "x".repeat(300 - '530 "'.length - password.length + 2);
  own.server.misbehave({ answers: { PASS: `530 ${before}"${password}"` } });
  expect((await errorOf(own.send())).message).toMatch(/x"\*\*\*?…?/);
});

describe("an answer that was lost", () => {
  it("to the data is made up for by looking at the file on a new connection", async () => {
    own.server.misbehave({ answersAfter: { STOR: "" } });
    const receipt = await own.send();
    expect(receipt.detail).toContain("had broken");
    expect(own.content()).toBe(TEXT);
    expect(own.names()).toEqual([NAME]);
  });

  it("to the rename is made up for by looking at the file on a new connection", async () => {
    own.server.misbehave({ answersAfter: { RNTO: "" } });
    expect((await own.send()).detail).toContain("had broken");
    expect(own.names()).toEqual([NAME]);
  });

  it("is not mistaken for success when the final name holds an older file of the same size", async () => {
    own.place(TEXT.replace("1", "2"));
    own.server.misbehave({ answers: { RNTO: "" } });
    expect((await errorOf(own.send())).fault).toBe("ambiguous");
    expect(own.content()).not.toBe(TEXT);
  });
});

describe("replies in pieces", () => {
  it("are put together again", async () => {
    own.server.misbehave({ dripMs: 1 });
    await own.send();
    expect(own.content()).toBe(TEXT);
  });
});
