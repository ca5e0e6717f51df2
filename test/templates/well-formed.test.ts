import { DOMParser } from "@xmldom/xmldom";
import { describe, expect, it } from "vitest";
import { xmlFault } from "../../src/templates/liquid/well-formed.js";

function parse(xml: string) {
  const fail = (level: string, message: string) => {
    if (level !== "warning") throw new Error(message);
  };
  return new DOMParser({ onError: fail }).parseFromString(xml, "text/xml");
}

describe("xmlFault", () => {
  it.each([
    "<a/>",
    "<a></a>",
    "<?xml version='1.0' encoding='utf-8'?>\n<a b=\"1\" c='&lt;&#10;&#x1F600;'>x &amp; y<!-- - --><![CDATA[<&>]]><?pi x?></a >\n<!-- after -->",
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><a/>',
    '<n:a xmlns:n="urn:x"><é-1._/></n:a>',
    '<a b = "x>y"\n  c="]]>"  />',
    "<a>> ' \" ]] ></a>",
  ])("takes %s", (xml) => {
    expect(xmlFault(xml)).toBeNull();
    expect(parse(xml).documentElement).not.toBeNull();
  });

  it.each([
    ["", 0, "it has no root element"],
    ["text", 0, "text stands outside the root element"],
    ["<a>", 3, "<a> is not closed"],
    ["<a></b>", 3, "</a> is missing"],
    ["</a>", 0, "a tag is closed that was not opened"],
    ["<a/><b/>", 4, "it has more than one root element"],
    ["<a>&nope;</a>", 3, "an & begins no reference: it is written &amp;"],
    ["<a>&</a>", 3, "an & begins no reference: it is written &amp;"],
    ["<a>&#0;</a>", 3, "a reference names a character that XML cannot hold"],
    ["<a b=1/>", 2, "the tag <a> holds something that is no attribute"],
    ["<a b='1'c='2'/>", 8, "the tag <a> holds something that is no attribute"],
    ["<a b='1' b='2'/>", 8, "the attribute b stands twice in <a>"],
    ["<a b='<'/>", 6, "a < stands in an attribute: it is written &lt;"],
    ["<a b='1", 2, "the attribute b of <a> does not end"],
    ["<a>< b</a>", 3, "a < begins no tag: it is written &lt;"],
    ["<a>]]></a>", 3, "]]> stands in a text: it is written ]]&gt;"],
    ["<a><!-- -- --></a>", 8, "-- stands within a comment"],
    ["<a><!-- x</a>", 3, "a comment does not end"],
    ["<a><![CDATA[x</a>", 3, "a CDATA section does not end"],
    ["<a\u0001/>", 2, "it holds a character that XML cannot hold"],
  ])("refuses %j at %i", (xml, at, message) => {
    expect(xmlFault(xml)).toEqual({ at, message });
  });

  it("refuses what could be well-formed and is not what is sent", () => {
    expect(xmlFault('<!DOCTYPE a SYSTEM "x"><a/>')?.message).toBe("a document type cannot be declared");
    expect(xmlFault('<?xml version="1.0" encoding="ISO-8859-1"?><a/>')?.message).toBe(
      "it is sent in UTF-8, not in ISO-8859-1",
    );
    expect(xmlFault(' <?xml version="1.0"?><a/>')?.message).toContain("stands at the very beginning");
  });

  it("reads large documents in the time that their length asks for", () => {
    const start = performance.now();
    expect(xmlFault(`<a b="${"x".repeat(5_000_000)}">${"<b/>&amp;".repeat(200_000)}</a>`)).toBeNull();
    expect(performance.now() - start).toBeLessThan(1_500);
  });
});
