import { describe, expect, it } from "vitest";
import { type Decision, decide, type Failure, mustBeSplit } from "../../src/delivery/decide.js";
import { RenderError, TransportError, type TransportErrorInit } from "../../src/errors.js";
import { NOW } from "./kit.js";

const HOUR = 3_600_000;
const failing = (more: Partial<TransportErrorInit> = {}): Failure =>
  new TransportError({ fault: "response", code: "http_500", message: "no", ...more });
const answer = (status: number, retryAfterMs?: number): Failure =>
  failing({ status, code: `http_${status}`, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });

const base = {
  step: 1,
  expiresAt: NOW + 24 * HOUR,
  mayHaveArrived: false,
  retry: { scheduleMs: [0, 5_000, 60_000, 300_000], giveUpAfterMs: 24 * HOUR },
  failure: null,
  now: NOW,
  random: () => 0.5,
};

type Row = [
  what: string,
  given: Partial<Parameters<typeof decide>[0]>,
  wanted: Partial<Decision>,
  lane: Readonly<Record<string, unknown>>,
];

const retried = { state: "pending", outcome: "retry", step: 2, dueAt: NOW + 60_000, finishedAt: null } as const;
const failed = { state: "failed", outcome: "failed", finishedAt: NOW } as const;

// One row per line of the fault table, then the edges.
const TABLE: Row[] = [
  ["the success rule met", {}, { state: "delivered", outcome: "delivered", finishedAt: NOW }, { kind: "success" }],
  [
    "rendering failed for every event",
    { failure: new RenderError("endpoint", "format", "wrong") },
    { state: "pending", outcome: "held", step: 1, dueAt: NOW, fault: "config" },
    { kind: "none", heldReason: "wrong", fault: "config" },
  ],
  [
    "the address is refused",
    { failure: failing({ fault: "config", code: "address_refused", message: "private" }) },
    { state: "pending", outcome: "held", step: 1, fault: "config" },
    { kind: "none", heldReason: "private" },
  ],
  [
    "rendering failed for this event",
    { failure: new RenderError("event", "render", "odd") },
    { ...failed, reason: "config", fault: "config" },
    { kind: "none", gaveUp: true },
  ],
  [
    "a URL over 8 KiB",
    { failure: failing({ fault: "config", code: "url_length", eventOnly: true }) },
    { ...failed, reason: "config", fault: "config" },
    { kind: "none", gaveUp: true },
  ],
  [
    "no connection",
    { failure: failing({ fault: "connection", code: "connect" }) },
    { ...retried, fault: "connection", mayHaveArrived: false },
    { kind: "connection", fault: "connection", code: "connect" },
  ],
  [
    "sent, but no answer",
    { failure: failing({ fault: "ambiguous", code: "timeout" }) },
    { ...retried, fault: "ambiguous", mayHaveArrived: true },
    { kind: "connection", fault: "ambiguous" },
  ],
  ["an answer of no", { failure: answer(422) }, { ...retried, fault: "response" }, { kind: "response" }],
  [
    "an answer of no by a fault of the server",
    { failure: failing({ serverFault: true }) },
    { ...retried, fault: "response", serverFault: true },
    { kind: "response" },
  ],
  [
    "a fault of the server at the last attempt",
    { failure: failing({ serverFault: true }), step: 3 },
    { ...failed, reason: "attempts exhausted", serverFault: true },
    { kind: "response", gaveUp: true },
  ],
  [
    "a fault of the server that says how long",
    { failure: failing({ serverFault: true, status: 503, retryAfterMs: 120_000 }) },
    { ...retried, dueAt: NOW + 120_000, serverFault: false },
    { kind: "response", heldUntil: NOW + 120_000 },
  ],
  [
    "410 Gone",
    { failure: answer(410) },
    { ...failed, reason: "gone", disable: true },
    { kind: "response", disabled: true, gaveUp: true },
  ],
  [
    "410 Gone at the last attempt",
    { failure: answer(410), step: 3, now: base.expiresAt },
    { state: "failed", reason: "gone", disable: true },
    { disabled: true },
  ],
  [
    "429 with Retry-After",
    { failure: answer(429, 120_000) },
    { ...retried, dueAt: NOW + 120_000 },
    { kind: "response", heldUntil: NOW + 120_000 },
  ],
  [
    "429 without Retry-After",
    { failure: answer(429), step: 0 },
    { state: "pending", step: 1, dueAt: NOW + 30_000 },
    { heldUntil: NOW + 30_000 },
  ],
  [
    "429 that asks for less than the schedule",
    { failure: answer(429, 1_000) },
    { ...retried },
    { heldUntil: NOW + 1_000 },
  ],
  [
    "503 with Retry-After",
    { failure: answer(503, 90_000) },
    { ...retried, dueAt: NOW + 90_000 },
    { kind: "response", heldUntil: NOW + 90_000 },
  ],
  ["503 without Retry-After", { failure: answer(503) }, { ...retried }, { kind: "response", heldUntil: undefined }],
  [
    "500 with Retry-After",
    { failure: answer(500, 90_000) },
    { ...retried },
    { kind: "response", heldUntil: undefined },
  ],
  [
    "a Retry-After of a year",
    { failure: answer(429, 365 * 24 * HOUR) },
    { state: "pending", dueAt: NOW + 24 * HOUR },
    { heldUntil: NOW + 24 * HOUR },
  ],
  [
    "refused, after an attempt that ended without an answer",
    { failure: failing({ fault: "connection", code: "connect" }), mayHaveArrived: true },
    { ...retried, mayHaveArrived: true },
    { kind: "connection" },
  ],
  [
    "the schedule has ended",
    { failure: answer(500), step: 3 },
    { ...failed, reason: "attempts exhausted", step: 4 },
    { kind: "response", gaveUp: true },
  ],
  [
    "the schedule has ended without an answer",
    { failure: failing({ fault: "ambiguous" }), step: 3 },
    { ...failed, reason: "attempts exhausted", mayHaveArrived: true },
    { kind: "connection", gaveUp: true },
  ],
  [
    "429 at the last attempt: the lane is held for the others",
    { failure: answer(429, 60_000), step: 3 },
    { ...failed, reason: "attempts exhausted", step: 4 },
    { kind: "response", gaveUp: true, heldUntil: NOW + 60_000 },
  ],
  [
    "503 with Retry-After when its time is over: the lane is held for the others",
    { failure: answer(503, 60_000), now: base.expiresAt },
    { state: "failed", reason: "expired" },
    { kind: "response", gaveUp: true, heldUntil: base.expiresAt + 60_000 },
  ],
  [
    "its time is over",
    { failure: failing({ fault: "connection" }), now: base.expiresAt },
    { state: "failed", reason: "expired" },
    { kind: "connection", gaveUp: true },
  ],
  [
    "its time will be over before the next delay: a last attempt just then",
    { failure: answer(500), step: 2, expiresAt: NOW + 1_000 },
    { state: "pending", step: 3, dueAt: NOW + 1_000 },
    { kind: "response", gaveUp: undefined },
  ],
  [
    "its time will be over while the receiver asks to wait: not before that",
    { failure: answer(429, 60_000), expiresAt: NOW + 1_000 },
    { state: "pending", dueAt: NOW + 60_000 },
    { heldUntil: NOW + 60_000 },
  ],
  [
    "delivered after its time was over",
    { now: base.expiresAt + 1 },
    { state: "delivered", fault: null },
    { kind: "success" },
  ],
];

describe("decide", () => {
  it.each(TABLE)("%s", (_what, given, wanted, lane) => {
    const decision = decide({ ...base, ...given });
    expect(decision).toMatchObject(wanted);
    const told = new Map(Object.entries(decision.lane));
    for (const [name, value] of Object.entries(lane)) expect(told.get(name), name).toBe(value);
    expect(decision.disable).toBe(wanted.disable ?? false);
    expect(decision.serverFault).toBe(wanted.serverFault ?? false);
    expect(decision.lane.at).toBe(given.now ?? NOW);
  });

  it("keeps the receiver's words for the delivery and its lane", () => {
    const { fault, lastError, lane } = decide({ ...base, failure: failing({ message: "No such folder." }) });
    expect({ fault, lastError, text: lane.text, code: lane.code }).toEqual({
      fault: "response",
      lastError: "No such folder.",
      text: "No such folder.",
      code: "http_500",
    });
  });

  it("jitters the delay by a tenth either way", () => {
    const dueAt = (random: number) => decide({ ...base, failure: answer(500), random: () => random }).dueAt - NOW;
    expect(dueAt(0)).toBe(54_000);
    expect(dueAt(1)).toBe(66_000);
  });
});

describe("a batch that fails", () => {
  it.each([
    ["content that is refused", failing({ status: 422, contentRefused: true }), true],
    ["a body that is too large", answer(413), true],
    ["one event that cannot be rendered", new RenderError("event", "file_name", "no"), true],
    ["a setting that cannot be rendered with", new RenderError("endpoint", "format", "no"), false],
    ["an answer of no", answer(500), false],
    ["a receiver that asks for quiet", failing({ status: 429, contentRefused: true }), false],
    ["a connection", failing({ fault: "connection", code: "connect" }), false],
  ])("by %s is split: or not", (_what, failure, wanted) => {
    expect(mustBeSplit(failure)).toBe(wanted);
  });
});
