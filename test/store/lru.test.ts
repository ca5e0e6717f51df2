import { expect, it } from "vitest";
import { Lru } from "../../src/store/lru.js";

it("holds so many entries and no more, and forgets what was used longest ago", () => {
  const lru = new Lru<number, string>(3);
  for (const key of [1, 2, 3]) lru.set(key, `value ${key}`);
  expect(lru.get(1)).toBe("value 1");
  lru.set(4, "value 4");
  expect([1, 2, 3, 4].map((key) => lru.get(key))).toEqual(["value 1", undefined, "value 3", "value 4"]);
  lru.set(5, "value 5");
  expect(lru.get(1)).toBeUndefined();
});
