import type { Accounts } from "../../src/console/accounts.js";
import type { OpenPage, Page } from "../../src/console/page.js";
import { accountPages } from "../../src/console/pages/account/index.js";
import { pages } from "../../src/console/pages/index.js";
import type { ConsoleScene } from "./console-scene.js";

/** Every page of the console, those around accounts too: their lists look at nothing else of the accounts. */
export const EVERY_PAGE: readonly (Page | OpenPage)[] = [
  ...pages,
  ...accountPages({ hasSingleSignOn: false } as Accounts),
];

/** An address of a page, who may look at it, and what it must show of what there is. */
export interface Place {
  readonly address: string;
  readonly as: "admin" | "customer" | "nobody";
  readonly shows: RegExp;
}

/** What is no page: a stream, and files. */
const NO_PAGES: ReadonlySet<string> = new Set(["/live", "/deliveries/export", "/customers/:customer/endpoints.yaml"]);

type Spot = readonly [address: string, shows: RegExp];

function spotsOf({ ids }: ConsoleScene): Readonly<Record<string, readonly Spot[]>> {
  const { endpoints, deliveries, user, key, link } = ids;
  const order = "/customers/acme/orders/ASK132456710";
  const { get, post, ftp, sftp, paused } = endpoints;
  const at = (chosen: readonly string[], more = "") => chosen.map((id) => [`/endpoints/${id}${more}`, names] as const);
  const names = /Acme (ERP|web shop|data lake|archive)|Bolt (track and trace|FTP|SFTP)/;
  return {
    "/": [["/", /It is paused/]],
    "/deliveries": [
      ["/deliveries", /ASK1324567/],
      ["/deliveries?state=failed&endpoint=none-of-these", /endpoint/],
    ],
    "/deliveries/causes": [["/deliveries/causes", /temporarily unavailable/]],
    "/deliveries/bulk": [["/deliveries/bulk?verb=retry&state=failed", /will be tried again/]],
    "/deliveries/:id": [...deliveries].map(([_state, id]) => [`/deliveries/${id}`, /ASK1324567/] as const),
    "/orders": [["/orders", /ASK1324567/]],
    "/customers/:customer/orders/:order": [[order, /Banner 510/]],
    "/customers/:customer/orders/:order/proof": [[`${order}/proof`, /ASK132456710/]],
    "/customers": [
      ["/customers", /Acme Logistics[\s\S]*Bolt &amp; Sons/],
      ["/customers?q=nobody-has-this", /Customers/],
    ],
    "/customers/new": [["/customers/new", /Time zone/]],
    "/customers/:customer": [["/customers/bolt", /Bolt SFTP/]],
    "/customers/:customer/edit": [["/customers/bolt/edit", /Change Bolt &amp; Sons/]],
    "/customers/:customer/endpoints/new": [
      ["/customers/bolt/endpoints/new", /Where it goes/],
      [`/customers/bolt/endpoints/new?transport=http-post&template=custom`, /Liquid/],
      [`/customers/acme/endpoints/new?copy=${endpoints.post}`, /Copy of Acme ERP/],
    ],
    "/endpoints": [["/endpoints", /Acme ERP/]],
    "/endpoints/:id": at([post, sftp, paused]),
    "/endpoints/:id/edit": at([get, post, ftp, sftp], "/edit"),
    "/endpoints/:id/documentation": at([get, post, sftp], "/documentation"),
    "/documentation": [["/documentation", /Acme ERP/]],
    "/customers/:customer/endpoints/import": [["/customers/bolt/endpoints/import", /YAML/]],
    "/statuses": [["/statuses", /DELIVERED/]],
    "/statuses/edit": [
      ["/statuses/edit", /Code/],
      ["/statuses/edit?code=take", /take/],
    ],
    "/users": [["/users", /bob@example\.com/]],
    "/users/new": [["/users/new", /Role/]],
    "/users/:id": [[`/users/${user}`, /bob@example\.com/]],
    "/keys": [["/keys", /TMS/]],
    "/keys/new": [["/keys/new", /Role/]],
    "/keys/:id": [[`/keys/${key}`, /TMS/]],
    "/audit": [["/audit", /createEndpoint/]],
    "/account": [["/account", /Ann@Example\.com/]],
    "/sign-in": [["/sign-in", /Password/]],
    "/welcome/:token": [
      [`/welcome/${link}`, /bob@example\.com/],
      ["/welcome/of-no-use", /link/],
    ],
  };
}

function whoLooks({ roles }: Page | OpenPage): Place["as"] {
  if (roles === "anyone") return "nobody";
  return roles.includes("admin") ? "admin" : "customer";
}

/** Where each page can be looked at. Throws for a page that is not listed here: a new one must be. */
export function placesOf(scene: ConsoleScene): Place[] {
  const spots = spotsOf(scene);
  return EVERY_PAGE.filter(({ method, path }) => method === "GET" && !NO_PAGES.has(path)).flatMap((page) => {
    const found = spots[page.path];
    if (!found) throw new Error(`the page ${page.path} is looked at by no test: list it in every-page.ts`);
    return found.map(([address, shows]) => ({ address, shows, as: whoLooks(page) }));
  });
}
