import { expect, it } from "vitest";
import { Sessions } from "../../src/transports/tls-sessions.js";

it("keeps the sessions of 500 servers, the newest of each, and none that is long", () => {
  const sessions = new Sessions();
  for (let at = 0; at < 501; at++) sessions.keep(`${at}.example:443`, Buffer.from("first"));
  expect(sessions.get("0.example:443")).toBeUndefined();
  expect(sessions.get("1.example:443")).toEqual(Buffer.from("first"));
  sessions.keep("1.example:443", Buffer.from("second"));
  expect(sessions.get("1.example:443")).toEqual(Buffer.from("second"));
  expect(sessions.get("2.example:443")).toBeDefined();
  sessions.keep("2.example:443", Buffer.alloc(16 * 1024 + 1));
  expect(sessions.get("2.example:443")).toBeUndefined();
});
