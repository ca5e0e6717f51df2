import type { ComponentChildren } from "preact";
import { Facts, Text } from "../../components/parts.js";
import { usePage } from "../../components/use-page.js";
import { common } from "../../words/common.js";
import { orderFields } from "../../words/orders.js";
import type { OrderRecord } from "./read.js";

/** What the page shows elsewhere. */
const ELSEWHERE = new Set(["customer", "order", "callbackUrls", "endpoints", "firstSeenAt", "changedAt"]);
/** How deep, and how many members of a list, are shown. */
const DEEPEST = 3;
const LONGEST = 100;

const isPage = (text: string): boolean => /^https?:\/\/[^\s]+$/i.test(text) && URL.canParse(text);

function Value({ value, depth }: { readonly value: unknown; readonly depth: number }): ComponentChildren {
  const { t } = usePage();
  if (value === null || value === undefined || value === "") return <>–</>;
  if (typeof value === "boolean") return <>{t(value ? common.yes : common.no)}</>;
  if (typeof value === "string" && isPage(value)) {
    return (
      <a href={value} rel="noopener noreferrer external" target="_blank">
        <Text>{value}</Text>
      </a>
    );
  }
  if (typeof value !== "object") return <Text>{String(value)}</Text>;
  if (depth >= DEEPEST) return <Text>{JSON.stringify(value).slice(0, 1000)}</Text>;
  const members = Array.isArray(value) ? value.slice(0, LONGEST) : Object.values(value).filter((each) => each !== "");
  return (
    <ul class="bare">
      {members.map((each, at) => (
        <li key={at}>
          <Value value={each} depth={depth + 1} />
        </li>
      ))}
    </ul>
  );
}

/** What is known of an order beside its statuses; fields of the producer's own under the names that it gave them. */
export function OrderDetails({ record }: { readonly record: OrderRecord }) {
  const { t } = usePage();
  const named = (name: string) => (Object.hasOwn(orderFields, name) && orderFields[name] ? t(orderFields[name]) : name);
  const extra = (record.extra ?? {}) as Readonly<Record<string, unknown>>;
  const fields = Object.entries(record).filter(
    ([name, value]) => !ELSEWHERE.has(name) && name !== "extra" && value !== "",
  );
  return (
    <Facts
      facts={[
        ...fields.map(([name, value]) => [named(name), <Value key={name} value={value} depth={0} />] as const),
        ...Object.entries(extra).map(([name, value]) => [name, <Value key={name} value={value} depth={0} />] as const),
      ]}
    />
  );
}
