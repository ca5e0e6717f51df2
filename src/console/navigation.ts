import type { KeyRole } from "../types.js";
import type { Word } from "./word.js";
import { shell } from "./words/shell.js";

interface Link {
  readonly address: string;
  readonly word: Word;
  readonly roles: readonly KeyRole[];
}

interface Group {
  readonly heading: Word | null;
  readonly links: readonly Link[];
}

const STAFF: readonly KeyRole[] = ["admin", "operator", "auditor"];

const GROUPS: readonly Group[] = [
  {
    heading: null,
    links: [
      { address: "/", word: shell.overview, roles: [...STAFF, "customer"] },
      { address: "/deliveries", word: shell.deliveries, roles: [...STAFF, "customer"] },
      { address: "/orders", word: shell.orders, roles: [...STAFF, "customer"] },
      { address: "/customers", word: shell.customers, roles: STAFF },
      { address: "/endpoints", word: shell.endpoints, roles: ["customer"] },
      { address: "/documentation", word: shell.documentation, roles: ["customer"] },
      { address: "/statuses", word: shell.statuses, roles: STAFF },
    ],
  },
  {
    heading: shell.administration,
    links: [
      { address: "/users", word: shell.users, roles: ["admin"] },
      { address: "/keys", word: shell.keys, roles: ["admin"] },
      { address: "/audit", word: shell.audit, roles: ["admin", "auditor"] },
    ],
  },
];

/** Whether a page belongs to the part of the console that a link of the menu opens. */
export function belongsTo(address: string, path: string, links: readonly Link[]): boolean {
  const below = (root: string) => path === root || path.startsWith(`${root}/`);
  if (address === "/") return path === "/";
  const isOrder = /^\/customers\/[^/]+\/orders\//.test(path);
  if (address === "/orders") return isOrder || below(address);
  // Staff come to endpoints by their customers.
  const isEndpoint = below("/endpoints") && !links.some((link) => link.address === "/endpoints");
  if (address === "/customers") return (below(address) && !isOrder) || isEndpoint;
  return below(address);
}

/** The menu of a role: groups without links are left out. */
export function navigationFor(role: KeyRole): readonly Group[] {
  return GROUPS.map(({ heading, links }) => ({
    heading,
    links: links.filter(({ roles }) => roles.includes(role)),
  })).filter(({ links }) => links.length > 0);
}
