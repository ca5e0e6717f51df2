import { expect, it } from "vitest";
import { parsed } from "../../src/templates/liquid/cache.js";

it("templates are parsed once while they are in use, and those used longest ago are forgotten", () => {
  const often = parsed("{{ order }} often");
  const seldom = parsed("{{ order }} seldom");
  expect(parsed("{{ order }} often")).toBe(often);
  // 50 of 30,000 characters are more than are kept.
  for (let at = 0; at < 50; at++) {
    parsed(`${"x".repeat(30_000)}${at}`);
    expect(parsed("{{ order }} often")).toBe(often);
    if (at === 10) expect(parsed("{{ order }} seldom")).toBe(seldom);
  }
  expect(parsed("{{ order }} seldom")).not.toBe(seldom);
});
