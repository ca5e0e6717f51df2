import { DOMParser, type Element } from "@xmldom/xmldom";

/** The names and values that a browser would send of a form, by its id; of several of one name the last. */
export function parseHTML(html: string, id: string): Record<string, string> {
  const document = new DOMParser({ onError: () => {} }).parseFromString(html, "text/html");
  const form = document.getElementById(id);
  if (!form) throw new Error(`there is no form ${id}`);
  const values: Record<string, string> = {};
  // Of an empty attribute the parser makes one with its own name as its value, as XHTML would have it.
  const valueIn = (element: Element) => (element.getAttribute("value") ?? "").replace(/^value$/, "");
  const each = (tag: string) => [...(form.getElementsByTagName(tag) as unknown as Iterable<Element>)];
  for (const input of each("input")) {
    const type = input.getAttribute("type");
    const isChosen = (type !== "checkbox" && type !== "radio") || input.hasAttribute("checked");
    if (isChosen && input.hasAttribute("name")) values[input.getAttribute("name") ?? ""] = valueIn(input);
  }
  for (const area of each("textarea")) values[area.getAttribute("name") ?? ""] = area.textContent ?? "";
  for (const select of each("select")) {
    const options = [...(select.getElementsByTagName("option") as unknown as Iterable<Element>)];
    const chosen = options.find((option) => option.hasAttribute("selected")) ?? options[0];
    values[select.getAttribute("name") ?? ""] = chosen ? valueIn(chosen) : "";
  }
  return values;
}
