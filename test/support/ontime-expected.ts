/** A status change in the words of ON TIME's documents, as a test publishes it and awaits it. */
export interface ExpectedStatus {
  readonly order: string;
  readonly barcode: string;
  readonly container: string;
  readonly status: string;
  /** `YYYYMMDDHHmmss` in the customer's zone. */
  readonly statusTime: string;
  readonly code: string;
  readonly nl: string;
  readonly en: string;
  readonly fr: string;
  readonly reference: string;
  readonly comment: string;
  readonly oldLead: string;
  readonly newLead: string;
  readonly verifier: string;
  readonly signatures: readonly { readonly image: string; readonly signedBy: string }[];
  readonly pictures: readonly string[];
}

type Pairs = readonly (readonly [name: string, value: string])[];

function basics(it: ExpectedStatus): Pairs {
  return [
    ["order", it.order],
    ["barcode", it.barcode],
    ["container", it.container],
    ["status", it.status],
    ["statustime", it.statusTime],
    ["statuscode", it.code],
    ["statusNL", it.nl],
    ["statusEN", it.en],
    ["statusFR", it.fr],
    ["referentie", it.reference],
  ];
}

function texts(it: ExpectedStatus): Pairs {
  return [
    ...basics(it),
    ["comment", it.comment],
    ["oldlead", it.oldLead],
    ["newlead", it.newLead],
    ["verifier", it.verifier],
  ];
}

/** The URL standard's form encoding, byte by byte. */
function formEncoded(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    if (byte === 0x20) encoded += "+";
    else if (byte < 0x80 && /[A-Za-z0-9*._-]/.test(character)) encoded += character;
    else encoded += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** The query string of URL/GET. */
export const expectedQuery = (it: ExpectedStatus): string =>
  basics(it)
    .map(([name, value]) => `${name}=${formEncoded(value)}`)
    .join("&");

/** The document of URL/POST and FTP/JSON. */
export function expectedJson(it: ExpectedStatus): string {
  const members = texts(it).map(([name, value]) => `"${name}":${JSON.stringify(value)}`);
  const signatures = it.signatures.map((each) => JSON.stringify({ signature: each.image, signedby: each.signedBy }));
  const pictures = it.pictures.map((picture) => JSON.stringify(picture));
  return `{${members.join(",")},"signatures":[${signatures.join(",")}],"pictures":[${pictures.join(",")}]}`;
}

/** What XML 1.0 can hold of a text: a parser gives exactly this back. */
export function xmlHolds(text: string): string {
  return [...text]
    .filter((character) => {
      const code = character.codePointAt(0) ?? 0;
      if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
      return (code < 0xd800 || code > 0xdfff) && code !== 0xfffe && code !== 0xffff;
    })
    .join("");
}

// Line ends of other conventions are written as references, which no parser takes for line feeds.
const WRITTEN: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\r": "&#13;",
  "\u0085": "&#133;",
  "\u2028": "&#8232;",
  "\u2029": "&#8233;",
};

const inXml = (text: string) => [...xmlHolds(text)].map((character) => WRITTEN[character] ?? character).join("");

const element = ([name, value]: Pairs[number], indent: string) => `${indent}<${name}>${inXml(value)}</${name}>\n`;

function list(name: string, pairs: Pairs): string {
  if (pairs.length === 0) return `\t<${name}></${name}>\n`;
  return `\t<${name}>\n${pairs.map((pair) => element(pair, "\t\t")).join("")}\t</${name}>\n`;
}

/** The document of FTP/XML. */
export function expectedXml(it: ExpectedStatus): string {
  const members = texts(it).map((pair) => element(pair, "\t"));
  const signatures = it.signatures.flatMap(
    ({ image, signedBy }): Pairs => [
      ["signature", image],
      ["signedby", signedBy],
    ],
  );
  const pictures = it.pictures.map((picture) => ["picture", picture] as const);
  const lists = list("signatures", signatures) + list("pictures", pictures);
  return `<?xml version='1.0' encoding='utf-8'?>\n<track>\n${members.join("")}${lists}</track>\n`;
}
