import { ADMIN_KEY } from "./service.js";

const BETWEEN_EVENTS_MS = 20;

/** What a process says of its parts. */
export const partsOf = async (url: string) =>
  ((await (await fetch(`${url}/readyz`)).json()) as { parts: Record<string, { ok: boolean; detail: string }> }).parts;

/** Publishes orders one by one, from now on until it is told to stop; what was answered to each. */
export function startLoad(url: string, prefix: string) {
  const answers = new Map<string, { status: number; retryAfter: string | null }>();
  let stopped = false;
  const run = async () => {
    for (let at = 0; !stopped; at++) {
      const order = `${prefix}${at}`;
      const event = { customer: "acme", order, statusCode: "take", statusTime: "2026-01-02T03:04:05Z" };
      const headers = { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" };
      const request = { method: "POST", headers, body: JSON.stringify(event) };
      const response = await fetch(`${url}/v1/events`, request).catch(() => null);
      if (response) answers.set(order, { status: response.status, retryAfter: response.headers.get("retry-after") });
      await response?.arrayBuffer();
      await new Promise((turn) => setTimeout(turn, BETWEEN_EVENTS_MS));
    }
  };
  const done = run();
  const withStatus = (status: number) =>
    [...answers].filter(([, answer]) => answer.status === status).map(([order]) => order);
  return {
    answers,
    withStatus,
    async stop() {
      stopped = true;
      await done;
    },
  };
}
