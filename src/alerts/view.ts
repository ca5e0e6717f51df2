import type { LaneOwner, WatchedLane } from "../store/alert-types.js";
import type { Language, TransportSetting } from "../types.js";
import { numberText, phrases, timeText } from "./texts.js";

export interface MailSetting {
  /** Where neither endpoint nor customer has a zone. */
  readonly timeZone: string;
  /** Told of everything, beside the endpoint's or the customer's addresses. */
  readonly alertTo: readonly string[];
  /** null: mails hold no links. */
  readonly publicUrl: string | null;
  /** Where an endpoint sends to, in one line without secrets. */
  readonly describe: (transport: TransportSetting) => string;
}

/** A lane as its mails speak of it: in one language, at one time, under one name. */
export interface LaneView {
  readonly lane: WatchedLane;
  readonly owner: LaneOwner;
  readonly now: number;
  readonly language: Language;
  readonly timeZone: string;
  readonly name: string;
  readonly addresses: string;
  readonly publicUrl: string | null;
}

const MAX_ADDRESSES = 3;

function addressesOf({ endpoints, endpointCount }: LaneOwner, setting: MailSetting, language: Language): string {
  const shown = [...new Set(endpoints.map(({ transport }) => setting.describe(transport)))].slice(0, MAX_ADDRESSES);
  const more = endpointCount - Math.min(endpoints.length, MAX_ADDRESSES);
  return [...shown, ...(more > 0 ? [phrases(language).moreAddresses(more)] : [])].join(", ");
}

/** An endpoint's own lane speaks the endpoint's language; one of many callback URLs the customer's. */
export function viewOf(lane: WatchedLane, owner: LaneOwner, now: number, setting: MailSetting): LaneView {
  const [only] = owner.endpoints.length === 1 ? owner.endpoints : [];
  const language = only?.language ?? owner.customer.language;
  return {
    lane,
    owner,
    now,
    language,
    timeZone: only?.timeZone ?? owner.customer.timeZone ?? setting.timeZone,
    name: only?.name ?? (lane.label || owner.customer.name),
    addresses: addressesOf(owner, setting, language),
    publicUrl: setting.publicUrl,
  };
}

/** The endpoint's addresses, else the customer's, and the operator's: each once, whatever its capitals. No owner: the operator alone. */
export function recipientsOf(owner: LaneOwner | null, alertTo: readonly string[]): string[] {
  const [only] = owner?.endpoints.length === 1 ? owner.endpoints : [];
  const own = only && only.emails.length > 0 ? only.emails : (owner?.customer.emails ?? []);
  const byAddress = new Map<string, string>();
  for (const address of [...own, ...alertTo]) {
    const key = address.toLowerCase();
    if (!byAddress.has(key)) byAddress.set(key, address);
  }
  return [...byAddress.values()];
}

export const at = (view: LaneView, ms: number): string => timeText(ms, view.timeZone);
export const count = (view: LaneView, value: number): string => numberText(value, view.language);
