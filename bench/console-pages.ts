import type { Accounts } from "../src/console/accounts.js";
import { accountPages } from "../src/console/pages/account/index.js";
import { pages } from "../src/console/pages/index.js";
import type { Samples as Stored } from "./console-data.js";

/** What pages are asked about; `user`: who asks. */
type Samples = Stored & { readonly user: string };

const DAY_MS = 86_400_000;
const day = (ago: number): string => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10);

/** Every address with what it may be asked, the typical and the worst. */
function addresses(samples: Samples): Readonly<Record<string, readonly string[]>> {
  const { customer, endpoint, order, reference, barcode, delivered, failed } = samples;
  const text = encodeURIComponent;
  const deliveries = [
    "",
    `customer=${customer}`,
    `endpoint=${endpoint}`,
    `order=${order}`,
    `customer=${customer}&order=${order}`,
    `reference=${text(reference)}`,
    `barcode=${barcode}`,
    "state=failed",
    "state=pending",
    "state=canceled",
    "state=undelivered",
    `customer=${customer}&state=failed`,
    `endpoint=${endpoint}&state=failed`,
    `endpoint=${endpoint}&state=pending`,
    "fault=ambiguous",
    "code=notOk_24",
    "statusCode=notOk_24",
    "error=refused",
    "error=nothing-says-this",
    `customer=${customer}&error=nothing-says-this`,
    `from=${day(20)}&to=${day(19)}`,
    `from=${day(20)}&to=${day(19)}&state=failed`,
    "order=nobody-has-this",
  ];
  return {
    "/": ["/", `/?customer=${customer}`],
    "/deliveries": deliveries.map((query) => `/deliveries?${query}`),
    "/deliveries/causes": ["/deliveries/causes", `/deliveries/causes?customer=${customer}`],
    "/deliveries/export": ["/deliveries/export?format=csv&state=failed", "/deliveries/export?format=csv"],
    "/deliveries/bulk": [
      "/deliveries/bulk?verb=retry&state=failed",
      `/deliveries/bulk?verb=replay&customer=${customer}`,
    ],
    "/deliveries/:id": [`/deliveries/${delivered}`, `/deliveries/${failed}`],
    "/orders": [
      "/orders",
      `/orders?order=${text(order)}`,
      `/orders?reference=${text(reference)}`,
      `/orders?barcode=${barcode}`,
      `/orders?customer=${customer}`,
      "/orders?order=nobody-has-this",
    ],
    "/customers": ["/customers", "/customers?q=customer-4"],
    "/customers/:customer": [`/customers/${customer}`],
    "/endpoints/:id": [`/endpoints/${endpoint}`],
    "/audit": ["/audit", `/audit?customer=${customer}`, `/audit?subject=${endpoint}`],
    "/statuses": ["/statuses", "/statuses?q=koerier"],
  };
}

/** What a customer's people may ask: what few of their rows fit among it. */
const PORTAL: Readonly<Record<string, readonly string[]>> = {
  "/": ["/"],
  "/deliveries": ["/deliveries", "/deliveries?state=undelivered", "/deliveries?error=nothing-says-this"],
  "/deliveries/export": ["/deliveries/export?format=csv&state=undelivered"],
  "/orders": ["/orders", "/orders?order=nobody-has-this"],
  "/endpoints": ["/endpoints"],
  "/documentation": ["/documentation"],
};

/** One never ends, the other needs a link. */
const NOT_ASKED: ReadonlySet<string> = new Set(["/live", "/welcome/:token"]);

/** The values of the parameters in a path, by where they stand. */
function filled(path: string, samples: Samples): string | null {
  let isWhole = true;
  const address = path.replaceAll(
    /\/([\w-]+)\/:(\w+)|:(\w+)/g,
    (_all, before: string, after: string, alone: string) => {
      const values: Readonly<Record<string, string>> = {
        "deliveries/id": samples.failed,
        "endpoints/id": samples.endpoint,
        "users/id": samples.user,
        customer: samples.customer,
        order: encodeURIComponent(samples.order),
      };
      const value = values[`${before}/${after}`] ?? values[after ?? alone];
      if (value === undefined) isWhole = false;
      return before === undefined ? (value ?? "") : `/${before}/${value ?? ""}`;
    },
  );
  return isWhole ? address : null;
}

export interface Asked {
  /** As the registry names it. */
  readonly page: string;
  readonly address: string;
  readonly as: "admin" | "customer" | "nobody";
}

/** What to ask: every page, in each way that is known of it. */
export function addressesOf(samples: Samples): {
  readonly asked: readonly Asked[];
  readonly unknown: readonly string[];
} {
  const known = addresses(samples);
  const registered = [...pages, ...accountPages({ hasSingleSignOn: false } as Accounts)].filter(
    ({ method, path }) => method === "GET" && !NOT_ASKED.has(path),
  );
  const unknown: string[] = [];
  const asked = registered.flatMap(({ path: page, roles }): Asked[] => {
    const isOpen = roles === "anyone";
    const isStaffs = isOpen || roles.includes("admin");
    const as = isOpen ? "nobody" : "admin";
    const found: readonly (string | null)[] = isStaffs ? (known[page] ?? [filled(page, samples)]) : [];
    const portal = PORTAL[page] ?? [];
    if (found.includes(null) || found.length + portal.length === 0) unknown.push(page);
    return [
      ...found.flatMap((address) => (address === null ? [] : [{ page, address, as } as const])),
      ...portal.map((address) => ({ page, address, as: "customer" }) as const),
    ];
  });
  return { asked, unknown };
}
