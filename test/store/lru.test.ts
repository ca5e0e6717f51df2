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

it("holds so many bytes and no more, whatever is put in an entry's place, and one entry at least", () => {
  const lru = new Lru<number, string>(10, 100);
  const kept = () => [1, 2, 3, 4].filter((key) => lru.get(key) !== undefined);
  for (const key of [1, 2, 3]) lru.set(key, "value", 33);
  expect(kept()).toEqual([1, 2, 3]);
  lru.set(1, "other", 40);
  expect(kept()).toEqual([1, 3]);
  lru.delete(3);
  lru.set(2, "value", 60);
  expect(kept()).toEqual([1, 2]);
  lru.set(4, "value", 100);
  expect(kept()).toEqual([4]);
  lru.set(3, "value");
  lru.deleteWhere((value) => value === "value");
  lru.set(1, "value", 100);
  expect(kept()).toEqual([1]);
  lru.clear();
  lru.set(2, "value", 100);
  expect(kept()).toEqual([2]);
});

it("does not keep what alone has more bytes than all may have, nor what was there before it", () => {
  const lru = new Lru<number, string>(10, 100);
  lru.set(1, "value", 50);
  lru.set(2, "before", 50);
  lru.set(2, "too long", 101);
  expect([lru.get(1), lru.get(2)]).toEqual(["value", undefined]);
});
