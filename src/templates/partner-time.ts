import { formatLocal } from "../time.js";

/** `YYYY-MM-DD HH:mm:ss` of an instant (epoch ms) in a time zone, as many partners write it. */
export function spacedTime(ms: number, timeZone: string): string {
  return formatLocal(ms, timeZone).replace(/^(....)(..)(..)(..)(..)(..)$/, "$1-$2-$3 $4:$5:$6");
}
