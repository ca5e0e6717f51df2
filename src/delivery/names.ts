import { RenderError } from "../errors.js";
import type { Claimed } from "../store/claims.js";
import type { ContentStore } from "../store/contents.js";
import { toStatusEvent } from "../store/event-rows.js";
import type { NameAnswer, NameWish } from "../store/file-names.js";
import { foldFileName, numberedFileName } from "../templates/file-name.js";
import type { Endpoint } from "../types.js";
import { type RenderSources, render } from "./render.js";
import type { Registry } from "./settings-check.js";

export interface NamingOptions {
  readonly registry: Registry;
  readonly sources: RenderSources;
  readonly contents: ContentStore;
  /** Takes a name for a delivery, unless another delivery has it. */
  readonly take: (wish: NameWish) => Promise<NameAnswer>;
  readonly now: () => number;
}

/** This many events of one order, status and second are a fault of the sender. */
const MAX_NUMBER = 10_000;

const targets = new WeakMap<Endpoint, string>();

/** What a file name is given out for: a retry keeps its name as long as place, template and format are the same. */
function targetOf(registry: Registry, endpoint: Endpoint): string {
  const known = targets.get(endpoint);
  if (known !== undefined) return known;
  const transport = registry.transportOf(endpoint.transport.type);
  const template = registry.templateOf(endpoint.template.name);
  const chosen = transport && template && registry.chooseFormat(transport, template, endpoint.template.options);
  const place = transport?.address(endpoint.transport) ?? "";
  const target = JSON.stringify([place, endpoint.template.name, chosen?.ok ? chosen.format : ""]);
  targets.set(endpoint, target);
  return target;
}

/**
 * Whether a claimed delivery was given its name for the endpoint as it is now; what is no file needs none. Throws
 * RenderError when no name can be given to it.
 */
export function hasItsName(registry: Registry, claimed: Claimed, endpoint: Endpoint): boolean {
  if (registry.transportOf(endpoint.transport.type)?.kind !== "file") return true;
  if (claimed.fileTarget !== targetOf(registry, endpoint)) return false;
  if (claimed.fileFault !== undefined) throw new RenderError("event", "file_name", claimed.fileFault);
  return true;
}

/**
 * Gives each claimed delivery of a file endpoint its final name, before its first attempt. Those that have one for the
 * same target keep it; one that cannot be rendered stays without, and its attempt will say why.
 */
export async function nameFiles(
  options: NamingOptions,
  claims: readonly Claimed[],
  endpoint: Endpoint,
): Promise<readonly Claimed[]> {
  const target = targetOf(options.registry, endpoint);
  // How far the numbers of a name are known to be taken, so that a thousand equal names do not try each number again.
  const next = new Map<string, number>();
  return Promise.all(
    claims.map((claimed) => {
      if (claimed.fileName !== null && claimed.fileTarget === target) return claimed;
      // Nothing can have arrived under the name that it gets.
      const unnamed = { ...claimed, fileName: null, fileTarget: target, mayHaveArrived: false };
      return nameFile(options, unnamed, endpoint, target, next);
    }),
  );
}

async function nameFile(
  { registry, sources, contents, take, now }: NamingOptions,
  claimed: Claimed,
  endpoint: Endpoint,
  target: string,
  next: Map<string, number>,
): Promise<Claimed> {
  const event = toStatusEvent(claimed.event, contents);
  const rendered = await render(registry, sources, endpoint, [event], claimed.id, now()).catch(() => null);
  const wanted = rendered?.payload.fileName;
  if (!rendered || wanted === undefined) return claimed;
  const place = rendered.transport.address(endpoint.transport);
  const base = foldFileName(wanted);
  for (let number = next.get(base) ?? 1; number <= MAX_NUMBER; number = next.get(base) ?? 1) {
    next.set(base, number + 1);
    const name = number === 1 ? wanted : numberedFileName(wanted, number);
    const wish = { deliveryId: claimed.id, place, target, name, folded: foldFileName(name), base, number };
    const { given, highest } = await take(wish);
    if (given) return { ...claimed, fileName: name };
    next.set(base, Math.max(next.get(base) ?? 1, highest + 1));
  }
  const fileFault = `More than ${MAX_NUMBER.toLocaleString("en")} files with the name "${wanted}" were sent to this folder: an order, status and time make one name.`;
  return { ...claimed, fileFault };
}
