/** A `traceparent` of a caller's trace, one for each letter. */
export const callerTrace = (letter: string) => {
  const traceId = letter.repeat(32);
  const spanId = letter.repeat(16);
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
};

/** Publishes as the TMS does, with these headers. */
export async function publishWith(
  url: string,
  key: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Promise<Response> {
  const type = typeof body === "string" ? "application/x-ndjson" : "application/json";
  const response = await fetch(`${url}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": type, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  await response.clone().text();
  return response;
}

/** An event of an order. */
export const eventOf = (order: string, more: Readonly<Record<string, unknown>> = {}) => ({
  customer: "acme",
  order,
  statusCode: "take",
  statusTime: "2026-01-02T03:04:05Z",
  ...more,
});
