import { describe, expect, it } from "vitest";
import { createProgress, shortDuration } from "../../src/cli/progress.js";
import { capture } from "./fake-api.js";

function setUp(isTTY: boolean, columns?: number) {
  const stream = capture(isTTY, columns);
  const clock = { at: 0, monotonic: () => clock.at };
  return { stream, clock, progress: createProgress({ stream, clock, unit: "events" }) };
}

describe("progress", () => {
  it("draws bar, count, rate and remaining time on a terminal, on one line", () => {
    const { stream, clock, progress } = setUp(true);
    clock.at = 2000;
    progress.update(500, 0.25);
    expect(stream.text()).toContain("██████░░░░░░░░░░░░░░░░░░  25 %  500 events  250/s  6s left");
    expect(stream.text()).not.toContain("\n");
    clock.at = 4000;
    progress.update(2000, 1);
    progress.finish();
    expect(stream.text()).toContain("100 %  2,000 events  500/s\x1b[K\n");
  });

  it("draws on a terminal that says it has no columns as on one of 80", () => {
    const { stream, clock, progress } = setUp(true, 0);
    clock.at = 2000;
    progress.update(500, 0.25);
    expect(stream.text()).toContain("25 %  500 events  250/s  6s left");
  });

  it("draws at most ten times a second", () => {
    const { stream, clock, progress } = setUp(true);
    for (clock.at = 0; clock.at < 1000; clock.at++) progress.update(clock.at, null);
    expect(stream.text().split("\r").length - 1).toBe(10);
  });

  it("writes a plain line every five seconds where there is no terminal", () => {
    const { stream, clock, progress } = setUp(false);
    for (clock.at = 0; clock.at <= 12_000; clock.at += 100)
      progress.update(clock.at / 10, clock.at / 20_000, "1 refused");
    progress.finish();
    expect(stream.text()).toBe(
      "25 %, 500 events, 100/s, 15s left, 1 refused\n50 %, 1,000 events, 100/s, 10s left, 1 refused\n",
    );
  });

  it("shows count and rate alone when the whole is unknown", () => {
    const { stream, clock, progress } = setUp(true);
    clock.at = 1000;
    progress.update(42, null);
    expect(stream.text()).toBe("\r42 events  42/s\x1b[K");
  });

  it("prints lines above the bar and draws the bar again", () => {
    const { stream, clock, progress } = setUp(true);
    clock.at = 1000;
    progress.update(1, null);
    progress.print("line 7: refused");
    expect(stream.text()).toContain("\r\x1b[Kline 7: refused\n\r1 events");
  });

  it("writes durations short", () => {
    expect([400, 59_000, 130_000, 3_900_000].map(shortDuration)).toEqual(["0s", "59s", "2m10s", "1h05m"]);
  });
});
