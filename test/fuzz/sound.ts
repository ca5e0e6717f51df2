import fc from "fast-check";

const TIME = "2026-01-02T03:04:05Z";
const PICTURE = "data:image/png;base64,iVBORw0KGgo=";

function eventsOf(customers: readonly string[], orders: readonly string[]) {
  return fc.record({
    customer: fc.constantFrom(...customers),
    order: fc.constantFrom(...orders),
    statusCode: fc.constantFrom("take", "delivered", "notOk_24"),
    statusTime: fc.constant(TIME),
    pictures: fc.constantFrom([], [PICTURE]),
  });
}

const TEMPLATES: readonly object[] = [
  { name: "ontime", options: { format: "json" } },
  { name: "ontime", options: { format: "xml" } },
  { name: "ontime" },
  { name: "aveonline" },
  { name: "trackingmore", options: { email: "a@b.example" } },
  { name: "probo" },
  { name: "aymakan" },
  { name: "standard" },
  { name: "custom", options: { format: "json", body: '{"order": {{ order }}, "text": "{{ comment }}"}' } },
  { name: "custom", options: { format: "xml", body: "<a b='{{ order }}'>{{ comment }}</a>" } },
  { name: "custom", options: { format: "query", body: "o={{ order }}&c={{ comment }}" } },
  { name: "custom", options: { format: "csv", body: "{{ order }},{{ comment }}\n", fileName: "{{ comment }}.csv" } },
];

function transportsOf(url: string): readonly object[] {
  const login = { host: "127.0.0.1", port: 1, username: "u", password: "p", directory: "in" };
  return [
    { type: "http-post", url },
    { type: "http-post", url, headers: { "x-a": "b" }, auth: { type: "basic", username: "u", password: "p" } },
    { type: "http-get", url },
    { type: "ftp", tls: "none", ...login },
    { type: "sftp", ...login, hostKey: `SHA256:${"A".repeat(43)}` },
  ];
}

function endpointsOf(url: string) {
  return fc.record({
    name: fc.constantFrom("ERP", "EDI folder"),
    transport: fc.constantFrom(...transportsOf(url)),
    template: fc.constantFrom(...TEMPLATES),
  });
}

/**
 * What is taken as it is, by the names of the document's schemas: the fuzzer changes a member or two of it, and so gets
 * past what the schemas check.
 */
export function soundValues(
  url: string,
  customers: readonly string[],
  orders: readonly string[],
): Readonly<Record<string, fc.Arbitrary<object>>> {
  const endpoint = endpointsOf(url);
  const filter = fc.constantFrom<object>(
    { customer: "acme" },
    { order: "A1" },
    { state: "failed" },
    { customer: "nobody" },
  );
  return {
    Event: eventsOf(customers, orders),
    EndpointInput: endpoint,
    EndpointPatch: fc.oneof(fc.constant({}), endpoint),
    CustomerInput: fc.constantFrom<object>({}, { name: "Acme", emails: ["it@acme.example"], language: "fr" }),
    OrderInput: fc.constantFrom<object>({}, { callbackUrls: [url] }, { recipient: { name: "A" }, extra: { a: "b" } }),
    StatusRowInput: fc.constant({ status: "PROCESSING", descriptions: { en: "Taken" } }),
    ChangeByFilter: filter.map((one) => ({ filter: one })),
    DeliveryFilter: filter,
  };
}
