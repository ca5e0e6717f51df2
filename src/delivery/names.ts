import type { Claimed } from "../store/claims.js";
import type { ContentStore } from "../store/contents.js";
import { toStatusEvent } from "../store/event-rows.js";
import type { NameWish } from "../store/file-names.js";
import { foldFileName, numberedFileName } from "../templates/file-name.js";
import type { Endpoint } from "../types.js";
import { type RenderSources, render } from "./render.js";
import type { Registry } from "./settings-check.js";

export interface NamingOptions {
  readonly registry: Registry;
  readonly sources: RenderSources;
  readonly contents: ContentStore;
  /** Takes a name for a delivery; false when another delivery has it. */
  readonly take: (wish: NameWish) => Promise<boolean>;
  readonly now: () => number;
}

/** Bounds the search for a free number: this many events of one order, status and second are a fault of the sender. */
const MAX_NUMBER = 10_000;

/**
 * Gives each claimed delivery of a file endpoint its final name, before its first attempt. Those that have one keep it;
 * one that cannot be rendered stays without, and its attempt will say why.
 */
export async function nameFiles(
  options: NamingOptions,
  claims: readonly Claimed[],
  endpoint: Endpoint,
): Promise<readonly Claimed[]> {
  // How far the numbers of a name are known to be taken, so that a thousand equal names do not try each number again.
  const next = new Map<string, number>();
  return Promise.all(
    claims.map((claimed) => (claimed.fileName === null ? nameFile(options, claimed, endpoint, next) : claimed)),
  );
}

async function nameFile(
  { registry, sources, contents, take, now }: NamingOptions,
  claimed: Claimed,
  endpoint: Endpoint,
  next: Map<string, number>,
): Promise<Claimed> {
  const event = toStatusEvent(claimed.event, contents);
  const rendered = await render(registry, sources, endpoint, event, claimed.id, now()).catch(() => null);
  const wanted = rendered?.payload.fileName;
  if (!rendered || wanted === undefined) return claimed;
  const place = rendered.transport.address(endpoint.transport);
  const base = foldFileName(wanted);
  for (let number = next.get(base) ?? 1; number <= MAX_NUMBER; number = Math.max(number + 1, next.get(base) ?? 1)) {
    next.set(base, number + 1);
    const name = number === 1 ? wanted : numberedFileName(wanted, number);
    if (await take({ deliveryId: claimed.id, place, name, folded: foldFileName(name) }))
      return { ...claimed, fileName: name };
  }
  return claimed;
}
