import { isIP } from "node:net";

/** A whole number of the environment; what is wrong with it is added to `bad`. */
export function wholeNumber(
  name: string,
  text: string | undefined,
  fallback: number,
  min: number,
  max: number,
  bad: string[],
) {
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  bad.push(`${name} must be a whole number from ${min} to ${max}, not "${text}".`);
  return fallback;
}

/** What stands between commas. */
export function list(text: string | undefined): string[] {
  return (text ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** A list whose every entry must pass; those that do not are named. */
export function checkedList(
  name: string,
  text: string | undefined,
  fits: (entry: string) => boolean,
  be: string,
  bad: string[],
) {
  const entries = list(text);
  for (const entry of entries) if (!fits(entry)) bad.push(`${name}: "${entry}" is not ${be}.`);
  return entries;
}

/** An address, or a network that is not everybody: whoever is trusted may claim to be any client. */
export function isNetwork(entry: string): boolean {
  const [address = "", length = "32", more] = entry.split("/");
  const bits = isIP(address) === 6 ? 128 : 32;
  return more === undefined && isIP(address) > 0 && /^[1-9]\d{0,2}$/.test(length) && Number(length) <= bits;
}

const ADDRESS = /^[^\s<>,;:"\\()[\]]+@[^\s<>,;:"\\()[\]]+$/;
export const isAddress = (text: string) => ADDRESS.test(text);

export function mailFrom(text: string | undefined, bad: string[]): string {
  const value = text || "Waybell <waybell@localhost>";
  const [, address = value] = /^[^<>\r\n]*<([^<>]*)>$/.exec(value) ?? [];
  if (!isAddress(address))
    bad.push(`MAIL_FROM must be a mail address, such as Waybell <waybell@example.com>, not "${value}".`);
  return value;
}

export function url(
  name: string,
  text: string | undefined,
  protocols: readonly string[],
  bad: string[],
): string | null {
  if (!text) return null;
  if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return text;
  // The value may hold a password: it is not repeated.
  bad.push(`${name} must be an address that begins with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}.`);
  return null;
}
