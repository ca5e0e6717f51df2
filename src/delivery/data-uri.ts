const HEAD = /^data:[A-Za-z0-9][A-Za-z0-9.+-]*\/[A-Za-z0-9][A-Za-z0-9.+-]*(?:;[A-Za-z0-9=._+-]+)*;base64, ?/;
/** More than any media type with its parameters has. */
const LONGEST_HEAD = 1024;
const PADDING = /={1,2}$/;

/**
 * Whether `text` is base64 in RFC 4648's alphabet, without padding. Buffer's decoder leaves out what is not base64, and so
 * gives fewer bytes; it takes the alphabet for URLs too, and characters beyond ASCII by half of their code.
 */
function isBase64(text: string): boolean {
  if (text === "" || text.includes("-") || text.includes("_") || Buffer.byteLength(text) !== text.length) return false;
  // One more character than whole groups gives no byte: with or without it there would be as many.
  const whole = text.length % 4 === 1 ? `${text}A` : text;
  return Buffer.from(whole, "base64").length === Math.floor((whole.length * 3) / 4);
}

/**
 * Whether `data` is a data URI in base64 with a media type (RFC 2397). Partners send one space after the comma, and ends that are
 * not padded. Of 10 MiB only the head meets a regular expression: one over all of it held the main thread for 70 ms, and ended
 * now and then with "Maximum call stack size exceeded".
 */
export function isDataUri(data: string): boolean {
  const [head] = HEAD.exec(data.slice(0, LONGEST_HEAD)) ?? [];
  if (head === undefined) return false;
  const [padding = ""] = PADDING.exec(data.slice(-2)) ?? [];
  return isBase64(data.slice(head.length, data.length - padding.length));
}
