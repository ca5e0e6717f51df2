import { posix, win32 } from "node:path";
import { DOMParser } from "@xmldom/xmldom";
import type { Payload } from "../../src/templates/template.js";
import { bytesOf } from "../templates/support.js";

// XML 1.0, production 2: every letter that a document may hold.
const NO_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** What a strict parser finds wrong with an XML document. */
export function xmlFault(xml: string): string | null {
  if (NO_XML.test(xml)) return "a letter that XML cannot hold";
  let fault: string | null = null;
  const onError = (level: string, message: string) => {
    // U+FFFD is a letter like any other.
    if (!message.includes("replacement character")) fault ??= `${level}: ${message}`;
  };
  try {
    new DOMParser({ onError }).parseFromString(xml, "text/xml");
  } catch (error) {
    fault ??= (error as Error).message;
  }
  return fault;
}

const DEVICES = /^(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9\u00b9\u00b2\u00b3])$/;
const UNSAFE = /[<>:"/\\|?*\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Why a name is no name on some server or file system. */
export function fileNameFault(name: string): string | null {
  if (Buffer.byteLength(name) > 200) return "is longer than 200 bytes";
  if (UNSAFE.test(name)) return "holds what a file system, a protocol or a terminal takes for something else";
  if (posix.resolve("/in", name) !== `/in/${name}` || win32.resolve("C:\\in", name) !== `C:\\in\\${name}`) {
    return "leads out of its folder";
  }
  if (/^[.\-\s]/.test(name) || /[.\s]$/.test(name)) return "begins or ends with what is dropped or taken for an option";
  const [stem = ""] = name.split(".", 1);
  return DEVICES.test(stem.trimEnd().toUpperCase()) ? "is a device of Windows" : null;
}

function bodyFault(contentType: string, text: string): string | null {
  if (/\bxml\b/.test(contentType)) return xmlFault(text);
  if (!/\bjson\b/.test(contentType)) return null;
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What is wrong with a payload, whatever template has made it; and its body as text. */
export async function payloadFault(payload: Payload): Promise<{ fault: string | null; text: string }> {
  const { body, contentType, fields = [], fileName, headers = {} } = payload;
  const bytes = await bytesOf(payload);
  const text = bytes.toString("utf8");
  const told = (fault: string | null) => ({ fault, text });
  if (bytes.length !== body.length) return told(`${bytes.length} bytes are sent of ${body.length} that were told`);
  if (!Buffer.from(text).equals(bytes)) return told("it is no UTF-8");
  const query = new URLSearchParams(fields as [string, string][]).toString();
  if (/[^!-~]/.test(query)) return told("the query holds what a URL cannot");
  if (JSON.stringify([...new URLSearchParams(query)]) !== JSON.stringify(fields))
    return told("the query reads otherwise");
  for (const [name, value] of [...Object.entries(headers), ["content-type", contentType]] as const) {
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
      return told(`the header ${name} cannot be sent: ${JSON.stringify(value)}`);
  }
  const named = fileName === undefined ? null : fileNameFault(fileName);
  if (named) return told(`the file name ${JSON.stringify(fileName)} ${named}`);
  const fault = bodyFault(contentType, text);
  return told(fault && `${contentType}: ${fault}`);
}
