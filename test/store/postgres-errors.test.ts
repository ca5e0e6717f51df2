import { expect, it } from "vitest";
import { lacksRoom, translated, translatedPrisma } from "../../src/store/postgres-errors.js";

const failed = (code: string, routine: string, message: string) => Object.assign(new Error(message), { code, routine });

it.each([
  [failed("53100", "mdextend", "could not extend file: No space left on device"), "full", /no room left/],
  [failed("XX000", "mdextend", "could not extend file: Disk quota exceeded"), "other", /cannot be written \(.*quota/],
  [failed("58030", "mdwrite", "could not write block 7: Input/output error"), "other", /cannot be written \(.*Input/],
])("tells a disk that takes no more: %s", (error, reason, message) => {
  expect(lacksRoom(error)).toBe(true);
  expect(translated(error)).toMatchObject({
    name: "StoreUnavailableError",
    reason,
    message: expect.stringMatching(message),
  });
});

it("leaves a fault of our own as it is", () => {
  const error = failed("XX000", "ExecInterpExpr", "unrecognized");
  expect(lacksRoom(error)).toBe(false);
  expect(translated(error)).toBe(error);
});

it("tells of a server that takes no connection through Prisma too", () => {
  const error = new Error("Invalid invocation: timeout exceeded when trying to connect");
  expect(translatedPrisma(error)).toMatchObject({ name: "StoreUnavailableError", reason: "other" });
  for (const code of ["EAI_AGAIN", "EHOSTUNREACH", "EPIPE", "ECONNREFUSED"]) {
    const passedOn = Object.assign(new Error("Invalid invocation"), { code });
    expect(translatedPrisma(passedOn)).toMatchObject({ name: "StoreUnavailableError", reason: "other" });
  }
  const own = Object.assign(new Error("Invalid invocation"), { code: "P2025" });
  expect(translatedPrisma(own)).toBe(own);
});
