/** Who may call each operation, as it was decided: not read from the code that it is held against. */
export type Caller = "admin" | "operator" | "producer" | "customer" | "auditor";
export const CALLERS: readonly Caller[] = ["admin", "operator", "producer", "customer", "auditor"];

/** What one call is made with; made anew for each, as many of them can be made but once. */
export interface Subjects {
  /** The customer whose things these are. */
  readonly customer: string;
  readonly endpoint: string;
  readonly event: string;
  readonly delivery: string;
  readonly key: string;
  readonly user: string;
}

export interface Row {
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: (subjects: Subjects) => string;
  readonly body?: (subjects: Subjects) => unknown;
  readonly roles: readonly Caller[];
  /** What is answered to who may; 409 where it comes to the state that the subject happens to be in. */
  readonly answers?: readonly number[];
  /** The call names what is a customer's: one customer's key gets a 404 for another's. */
  readonly owned?: true;
  /** It is no change: nothing of it stands in the audit log. */
  readonly unnoted?: true;
}

const ALL: readonly Caller[] = ["admin", "operator", "customer", "auditor"];
const STAFF: readonly Caller[] = ["admin", "operator", "customer"];
const OPERATORS: readonly Caller[] = ["admin", "operator"];
const AUDITORS: readonly Caller[] = ["admin", "auditor"];

const EVENT = (customer: string) => ({ customer, order: "A1", statusCode: "take", statusTime: "2026-01-02T03:04:05Z" });
let made = 0;
const ENDPOINT = () => ({
  name: `made ${++made}`,
  transport: { type: "http-post", url: "http://127.0.0.1:8/" },
  template: { name: "ontime" },
});

const one = (id: string, verb: string, more: Partial<Row> = {}): Row => ({
  id,
  method: "POST",
  path: ({ endpoint }) => `/v1/endpoints/${endpoint}/${verb}`,
  roles: STAFF,
  owned: true,
  ...more,
});

const many = (verb: string): Row => ({
  id: `${verb}Deliveries`,
  method: "POST",
  path: () => `/v1/deliveries/${verb}`,
  body: ({ customer, endpoint }) => ({ filter: { customer, endpoint } }),
  roles: STAFF,
  owned: true,
});

const ENDPOINTS: readonly Row[] = [
  {
    id: "createEndpoint",
    method: "POST",
    path: ({ customer }) => `/v1/customers/${customer}/endpoints`,
    body: ENDPOINT,
    roles: STAFF,
    answers: [201],
    owned: true,
  },
  {
    id: "listEndpoints",
    method: "GET",
    path: ({ customer }) => `/v1/customers/${customer}/endpoints`,
    roles: ALL,
    owned: true,
  },
  one("getEndpoint", "", { method: "GET", path: ({ endpoint }) => `/v1/endpoints/${endpoint}`, roles: ALL }),
  one("patchEndpoint", "", {
    method: "PATCH",
    path: ({ endpoint }) => `/v1/endpoints/${endpoint}`,
    body: () => ({ timeoutSeconds: 20 }),
  }),
  one("deleteEndpoint", "", { method: "DELETE", path: ({ endpoint }) => `/v1/endpoints/${endpoint}`, answers: [204] }),
  one("pauseEndpoint", "pause"),
  one("disableEndpoint", "disable"),
  one("resumeEndpoint", "resume"),
  one("getEndpointBacklog", "backlog", { method: "GET", roles: ALL }),
  one("rotateEndpointSecret", "rotate-secret"),
  one("checkEndpoint", "check", { unnoted: true }),
  one("testEndpoint", "test", { unnoted: true }),
  one("previewEndpoint", "preview", { unnoted: true }),
  {
    id: "testUnsavedEndpoint",
    method: "POST",
    path: () => "/v1/test",
    body: ({ customer }) => ({ customer, action: "preview", endpoint: ENDPOINT() }),
    roles: STAFF,
    owned: true,
    unnoted: true,
  },
];

const DELIVERIES: readonly Row[] = [
  {
    id: "listDeliveries",
    method: "GET",
    path: ({ customer }) => `/v1/deliveries?customer=${customer}`,
    roles: ALL,
    owned: true,
  },
  {
    id: "listDeliveryCauses",
    method: "GET",
    path: ({ customer }) => `/v1/deliveries/causes?customer=${customer}`,
    roles: ALL,
    owned: true,
  },
  {
    id: "exportDeliveries",
    method: "GET",
    path: ({ customer }) => `/v1/deliveries/export?customer=${customer}`,
    roles: ALL,
    owned: true,
  },
  {
    id: "getDelivery",
    method: "GET",
    path: ({ delivery }) => `/v1/deliveries/${delivery}`,
    roles: ALL,
    owned: true,
  },
  {
    id: "retryDelivery",
    method: "POST",
    path: ({ delivery }) => `/v1/deliveries/${delivery}/retry`,
    roles: STAFF,
    owned: true,
  },
  {
    id: "cancelDelivery",
    method: "POST",
    path: ({ delivery }) => `/v1/deliveries/${delivery}/cancel`,
    roles: STAFF,
    owned: true,
  },
  many("retry"),
  many("cancel"),
  many("replay"),
];

const OTHERS: readonly Row[] = [
  {
    id: "publishEvents",
    method: "POST",
    path: () => "/v1/events",
    body: ({ customer }) => EVENT(customer),
    roles: ["admin", "operator", "producer"],
    answers: [202],
    unnoted: true,
  },
  {
    id: "listEvents",
    method: "GET",
    path: ({ customer }) => `/v1/events?customer=${customer}`,
    roles: ALL,
    owned: true,
  },
  { id: "getEvent", method: "GET", path: ({ event }) => `/v1/events/${event}`, roles: ALL, owned: true },
  {
    id: "replayEvent",
    method: "POST",
    path: ({ event }) => `/v1/events/${event}/replay`,
    roles: OPERATORS,
    answers: [202],
  },
  { id: "listCustomers", method: "GET", path: () => "/v1/customers", roles: ALL },
  { id: "getCustomer", method: "GET", path: ({ customer }) => `/v1/customers/${customer}`, roles: ALL, owned: true },
  {
    id: "putCustomer",
    method: "PUT",
    path: ({ customer }) => `/v1/customers/${customer}`,
    body: () => ({ name: "Changed" }),
    roles: OPERATORS,
  },
  {
    id: "deleteCustomer",
    method: "DELETE",
    path: ({ customer }) => `/v1/customers/${customer}-doomed`,
    roles: OPERATORS,
    answers: [204],
  },
  {
    id: "putOrder",
    method: "PUT",
    path: ({ customer }) => `/v1/customers/${customer}/orders/A1`,
    body: () => ({ reference: "R1" }),
    roles: STAFF,
    owned: true,
  },
  {
    id: "getOrder",
    method: "GET",
    path: ({ customer }) => `/v1/customers/${customer}/orders/kept`,
    roles: ALL,
    owned: true,
  },
  { id: "listTransports", method: "GET", path: () => "/v1/transports", roles: ALL },
  { id: "listTemplates", method: "GET", path: () => "/v1/templates", roles: ALL },
  { id: "listStatuses", method: "GET", path: () => "/v1/statuses", roles: ALL },
  {
    id: "putStatus",
    method: "PUT",
    path: () => "/v1/statuses/own",
    body: () => ({ status: "PROCESSING", descriptions: { en: "Own" } }),
    roles: OPERATORS,
    answers: [200, 201],
  },
  { id: "deleteStatus", method: "DELETE", path: () => "/v1/statuses/own", roles: OPERATORS, answers: [204] },
  { id: "listKeys", method: "GET", path: () => "/v1/keys", roles: AUDITORS },
  { id: "getKey", method: "GET", path: ({ key }) => `/v1/keys/${key}`, roles: AUDITORS },
  {
    id: "createKey",
    method: "POST",
    path: () => "/v1/keys",
    body: () => ({ name: "made", role: "producer" }),
    roles: ["admin"],
    answers: [201],
  },
  { id: "revokeKey", method: "DELETE", path: ({ key }) => `/v1/keys/${key}`, roles: ["admin"], answers: [204] },
  { id: "listUsers", method: "GET", path: () => "/v1/users", roles: ["admin"] },
  { id: "getUser", method: "GET", path: ({ user }) => `/v1/users/${user}`, roles: ["admin"] },
  {
    id: "createUser",
    method: "POST",
    path: () => "/v1/users",
    body: () => ({ email: `made${++made}@example.com`, role: "auditor" }),
    roles: ["admin"],
    answers: [201],
  },
  {
    id: "patchUser",
    method: "PATCH",
    path: ({ user }) => `/v1/users/${user}`,
    body: () => ({ name: "Changed" }),
    roles: ["admin"],
  },
  { id: "linkUser", method: "POST", path: ({ user }) => `/v1/users/${user}/link`, roles: ["admin"] },
  { id: "deleteUser", method: "DELETE", path: ({ user }) => `/v1/users/${user}`, roles: ["admin"], answers: [204] },
  { id: "listAudit", method: "GET", path: () => "/v1/audit", roles: AUDITORS },
  { id: "getSecretsStatus", method: "GET", path: () => "/v1/secrets", roles: AUDITORS },
  { id: "listUnreadableSecrets", method: "GET", path: () => "/v1/secrets/unreadable", roles: AUDITORS },
  { id: "rotateSecrets", method: "POST", path: () => "/v1/secrets/rotate", body: () => ({}), roles: ["admin"] },
  {
    id: "requestPurge",
    method: "POST",
    path: () => "/v1/purges",
    body: ({ customer }) => ({ customer, order: "A1", dryRun: true }),
    roles: ["admin"],
    unnoted: true,
  },
  { id: "listPurges", method: "GET", path: () => "/v1/purges", roles: AUDITORS },
  { id: "getPurge", method: "GET", path: () => "/v1/purges/pur_1", roles: AUDITORS, answers: [404] },
  {
    id: "getOverview",
    method: "GET",
    path: ({ customer }) => `/v1/overview?customer=${customer}`,
    roles: ALL,
    owned: true,
  },
  { id: "getMetrics", method: "GET", path: () => "/metrics", roles: ["admin"] },
];

/** Every operation that needs a key. */
export const TABLE: readonly Row[] = [...ENDPOINTS, ...DELIVERIES, ...OTHERS];

/** Operations that anyone may call. */
export const OPEN = ["/healthz", "/readyz"] as const;
