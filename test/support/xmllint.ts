import { execFileSync } from "node:child_process";
import { DOMParser } from "@xmldom/xmldom";
import { programs } from "../servers/launch.js";

// Letters of no language: they part what xmllint prints, and no text of these tests holds them.
const [BETWEEN, AFTER] = ["\ue000", "\ue001"];

function xmllint(args: readonly string[]): string {
  const found = programs();
  return execFileSync(found.xmllint, ["--huge", "--nonet", ...args], {
    encoding: "utf8",
    env: { ...process.env, LD_LIBRARY_PATH: found.libraries },
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** What xmllint reads in each file under each path; throws when it finds one that is not well-formed. */
export function readByXmllint(files: readonly string[], paths: readonly string[]): string[][] {
  xmllint(["--noout", ...files]);
  const values = paths.map((path) => `${path}, '${BETWEEN}'`).join(", ");
  const printed = xmllint(["--xpath", `concat(${values}, '${AFTER}')`, ...files]);
  const documents = printed.split(`${AFTER}\n`).slice(0, -1);
  return documents.map((document) => document.split(BETWEEN).slice(0, -1));
}

/** What xmldom reads: the names and texts of all elements that hold no others, in document order; throws on any fault. */
export function readByXmldom(xml: string): [name: string, text: string][] {
  const onError = (level: string, message: string) => {
    // It is a letter like any other, and some of the texts hold it.
    if (!message.includes("replacement character")) throw new Error(`xmldom: ${level}: ${message}`);
  };
  const elements = new DOMParser({ onError }).parseFromString(xml, "text/xml").getElementsByTagName("*");
  return [...elements]
    .filter((element) => element.getElementsByTagName("*").length === 0)
    .map((element) => [element.nodeName, element.textContent ?? ""]);
}
