/** The form of a header's name that an endpoint may give. */
export const HEADER_NAME = "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$";
/** The form of a header's value: Latin-1 without controls, no blank at either end. */
export const HEADER_VALUE = "^([!-~\\u00a0-\\u00ff]([\\t -~\\u00a0-\\u00ff]*[!-~\\u00a0-\\u00ff])?)?$";

/** Set by Waybell or by HTTP itself: another value would break the framing, the signature or the payload's meaning. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  ..."host content-length transfer-encoding connection expect upgrade keep-alive te trailer".split(" "),
  ..."proxy-connection proxy-authorization content-type content-encoding user-agent".split(" "),
]);

/** Whether a header, in lower case, is not the endpoint's to set. */
export function isReservedHeader(lower: string): boolean {
  return RESERVED_HEADERS.has(lower) || lower.startsWith("webhook-");
}
