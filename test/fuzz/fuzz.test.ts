import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuzz, fuzzTarget } from "./fuzz.js";
import { fuzzTargets } from "./targets.js";

/** The short version of `npm run fuzz`. */
const CASES = 300;
/** Tried in every run, so that a change is held against the same cases as the one before. */
const FIXED_SEED = 20_261_126;
const ranOut = { timeout: 120_000 };

describe.each(fuzzTargets)("$name: $holds", (target) => {
  it("holds for the same cases as always", ranOut, async () => {
    const report = await fuzz(target, { cases: CASES, seed: FIXED_SEED });
    expect(report.found).toBeNull();
    expect(report.cases).toBe(CASES);
  });

  it("holds for new cases", ranOut, async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const report = await fuzz(target, { cases: CASES, seed });
    expect(report.found, `npm run fuzz -- --target ${target.name} --cases ${CASES} --seed ${seed}`).toBeNull();
    console.log(`${target.name}: ${CASES} new cases from the seed ${seed}`);
  });
});

describe("the fuzzer", () => {
  const finds = (check: (value: number) => void | Promise<void>) =>
    fuzz(
      fuzzTarget<number>({
        name: "own",
        holds: "",
        lanes: 2,
        open: () => ({ values: fc.nat(), check, close: async () => {} }),
      }),
      { cases: 200, seed: 1 },
    );

  it("finds a fault, with the smallest value that shows it and the seed", async () => {
    const { found } = await finds((value) => {
      if (value > 999) throw new Error("too much");
    });
    expect(found).toMatch(/^with the seed \d+:\n1000\nError: too much/);
  });

  it("finds what nobody has caught", async () => {
    const { found } = await finds(async () => {
      void Promise.reject(new Error("astray"));
      await new Promise((turn) => setImmediate(turn));
    });
    expect(found).toMatch(/^nobody caught: Error: astray/);
  });

  it("finds a prototype that was changed", async () => {
    const prototype = Object.prototype as Record<string, unknown>;
    const { found } = await finds(() => {
      prototype.polluted = true;
    }).finally(() => delete prototype.polluted);
    expect(found).toContain("a prototype was changed");
  });

  it("finds nothing where all is well, and has tried all", async () => {
    expect(await finds(() => {})).toMatchObject({ target: "own", cases: 200, seed: 1, found: null });
  });
});
