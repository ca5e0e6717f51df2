import { Type } from "typebox";
import { CustomerId } from "../../schemas/customer.js";
import { OverviewAnswer } from "../../schemas/overview.js";
import { pageQuery } from "../../schemas/paging.js";
import { type Operation, operation } from "../operation.js";
import type { OverviewService, OverviewView, TrafficView, TroubleView } from "../services-overview.js";
import { pageRequest } from "./shared.js";

const MINUTES = 60;
const DAYS = 30;

const query = Type.Object({
  customer: Type.Optional(CustomerId),
  minutes: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 180, default: MINUTES, description: "How many of the last minutes" }),
  ),
  days: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 400, default: DAYS, description: "How many of the last days" }),
  ),
  ...pageQuery,
});

const instant = (ms: number): string => new Date(ms).toISOString();

const minuteAnswer = ({ at, ...counts }: TrafficView) => ({ at: instant(at), ...counts });
const dayAnswer = ({ at, ...counts }: TrafficView) => ({ day: instant(at).slice(0, 10), ...counts });

function troubleAnswer({ since, nextTry, ...trouble }: TroubleView) {
  return { ...trouble, since: instant(since), nextTry: nextTry === null ? null : instant(nextTry) };
}

function answerOf({ at, minutes, days, counts, trouble, ...now }: OverviewView) {
  return {
    at: instant(at),
    ...now,
    minutes: minutes.map(minuteAnswer),
    days: days.map(dayAnswer),
    troubled: counts,
    trouble: { items: trouble.items.map(troubleAnswer), next: trouble.next },
  };
}

/** How things stand at a glance. */
export function overviewOperations(overview: OverviewService): Operation[] {
  /** Many look at the same: what they get is made once, and whoever renders it can tell that it is the same. */
  const made = new WeakMap<OverviewView, object>();
  return [
    operation({
      id: "getOverview",
      method: "GET",
      path: "/v1/overview",
      tag: "Service",
      access: { roles: ["operator", "auditor"], own: "query" },
      summary: "How things stand: what waits, what went through, which endpoints are in trouble",
      description:
        "Of all customers, or of one. What went through is counted by each process and added up every few seconds: a process that crashes loses what it has counted since. Days are those of the service's time zone, minutes go back to the full minute.",
      query,
      answers: { 200: { description: "How things stand, a second old at most", schema: OverviewAnswer } },
      async answer({ query: { customer = null, minutes = MINUTES, days = DAYS, ...page } }) {
        const found = await overview({ customer, minutes, days, ...pageRequest(page) });
        let body = made.get(found);
        if (!body) {
          body = answerOf(found);
          made.set(found, body);
        }
        return { status: 200, body };
      },
    }),
  ];
}
