import { DOMParser } from "@xmldom/xmldom";
import { parse as parseCsv } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { RenderError } from "../../src/errors.js";
import { compileSchema } from "../../src/schemas/validate.js";
import { custom } from "../../src/templates/custom.js";
import type { Format, RenderContext } from "../../src/templates/template.js";
import { formatLocal } from "../../src/time.js";
import type { StatusEvent } from "../../src/types.js";
import { plainFaults } from "../support/plain-faults.js";
import { NASTY, nastyText, random } from "./nasty.js";
import { bytesOf, catalogueEvents, contentOf, eventOf, textOf, xmlPart } from "./support.js";

const ZONE = "Europe/Brussels";
const next = random(77);
const TEXTS = [...NASTY, ...Array.from({ length: 400 }, () => nastyText(next))];
const wellFormed = (text: string) => text.replace(/\p{Surrogate}/gu, "\ufffd");
// Neither CSV nor plain text holds control characters but tab and line ends.
const CONTROLS = /[^\P{Cc}\t\n\r\u0080-\u009f]/gu;
const printable = (text: string) => wellFormed(text.replace(CONTROLS, ""));

function render(
  format: Format,
  body: string,
  event: StatusEvent = eventOf(),
  more: Record<string, unknown> = {},
  context: Partial<RenderContext> = {},
) {
  const whole = { format, target: "http", timeZone: ZONE, now: 0, id: "dlv_1", history: [], details: {} } as const;
  return custom.render([event], { format, body, ...more }, { ...whole, ...context });
}

const text = (...given: Parameters<typeof render>) => textOf(render(...given));
const members = (event: StatusEvent) => [event.order, event.statusCode, event.status, event.comment, event.reference];

function refusal(...given: Parameters<typeof render>): RenderError {
  try {
    render(...given);
  } catch (error) {
    if (error instanceof RenderError) return error;
    throw error;
  }
  throw new Error("it was rendered");
}

function elements(xml: string) {
  const fail = (level: string, message: string) => {
    if (level !== "warning") throw new Error(message);
  };
  const root = new DOMParser({ onError: fail }).parseFromString(xml, "text/xml").documentElement;
  if (!root) throw new Error("there is no root");
  return root;
}

describe("JSON", () => {
  const body = '{"in": "{{ comment }}", "bare": {{ comment }}, "json": {{ comment | json }}, "list": [{{ order }}, 1]}';

  it("gives any text back, with quotes and without, and whichever filter was forgotten", async () => {
    for (const one of TEXTS) {
      const result = JSON.parse(await text("json", body, eventOf({ comment: one, order: one })));
      expect(result).toEqual({ in: one, bare: one, json: one, list: [one, 1] });
    }
  });

  it("writes what is not there as null, or as an empty text within quotes", async () => {
    const odd = '{"a": {{ location.country }}, "b": "{{ location.country }}", "c": {{ location }}}';
    expect(await text("json", odd)).toBe('{"a": null, "b": "", "c": null}');
    const event = eventOf({ location: { country: "SE", latitude: 51.5 } });
    expect(await text("json", odd, event)).toBe('{"a": "SE", "b": "SE", "c": {"country":"SE","latitude":51.5}}');
  });

  it("puts JSON into a string as the text that it is, and raw as it stands", async () => {
    const event = eventOf({ location: { country: "SE" } });
    const within = JSON.parse(await text("json", '{"a": "{{ location | json }}"}', event));
    expect(JSON.parse(within.a)).toEqual({ country: "SE" });
    expect(await text("json", '{{ "[1,2]" | raw }}', event)).toBe("[1,2]");
  });

  it("escapes a captured text once", async () => {
    const event = eventOf({ order: '"A" & <B>' });
    const capture = "{% capture x %}<{{ order }}>{% endcapture %}";
    expect(await text("json", `${capture}{"a":"{{ x }}"}`, event)).toBe('{"a":"<\\"A\\" & <B>>"}');
    expect(await text("xml", `${capture}<a>{{ x }}</a>`, event)).toBe("<a>&lt;&quot;A&quot; &amp; &lt;B&gt;&gt;</a>");
  });

  it("says where in the template a result came from that is no JSON", () => {
    const body = '{\n  "a": "{{ order }}",\n  "b": {{ comment | raw }}\n}';
    expect(refusal("json", body, eventOf({ comment: "1 2" }))).toMatchObject({
      scope: "endpoint",
      code: "template_render",
      message: expect.stringMatching(/^The template fails at line 3, column 8: the result is no JSON at its line 3/),
    });
    expect(refusal("json", '{\n  "a": 1,\n}').message).toMatch(/^The template fails at line 3, column 1: /);
    expect(refusal("json", '{"a": "\\{{ order }}"}').message).toContain("column 9: a backslash stands right before it");
  });
});

describe("XML", () => {
  it("gives any text back from elements and attributes, less what XML cannot hold", async () => {
    const body = `<a one="{{ comment }}" two='{{ comment }}'>{{ comment }}<b>{{ comment | xml }}{{ comment | escape }}</b></a>`;
    for (const one of TEXTS) {
      const root = elements(await text("xml", body, eventOf({ comment: one })));
      const held = xmlPart(one);
      expect([root.getAttribute("one"), root.getAttribute("two")]).toEqual([held, held]);
      expect(root.textContent).toBe(held.repeat(3));
    }
  });

  it("gives any text back from a CDATA section, and has none end it or a comment", async () => {
    const body = `<a><!-- {{ comment }}--><?x {{ order }}?><b><![CDATA[]]{{ comment }}>{{ comment }}]]{% if true %}>{% endif %}</b>{{ comment }}</a>`;
    for (const one of [...TEXTS, "]]>", ">", "]", "]]", "-", "--", "-->", "<i>&amp;"]) {
      const root = elements(await text("xml", body, eventOf({ comment: one })));
      // A parser makes one line feed of each line end there, and no reference says otherwise.
      const held = xmlPart(one);
      const plain = (given: string) => given.replace(/[\r\n\u0085\u2028\u2029]+/g, "\n");
      expect(plain(root.getElementsByTagName("b")[0]?.textContent ?? "")).toBe(plain(`]]${held}>${held}`));
      expect(root.lastChild?.textContent).toBe(held === "" ? root.textContent : held);
    }
  });

  it("escapes what another format's filter made", async () => {
    const event = eventOf({ reason: { text: "<&>" } });
    const root = elements(await text("xml", "<a>{{ reason | json }}</a>", event));
    expect(root.textContent).toBe('{"text":"<&>"}');
  });

  it("says where in the template a result came from that is not well-formed", () => {
    expect(refusal("xml", "<a>\n  <b>{{ order }}</c>\n</a>").message).toMatch(
      /^The template fails at line 2, column 17: the result is no XML at its line 2, column 18: <\/b> is missing\.$/,
    );
    expect(refusal("xml", "<a>{{ comment | raw }}</a>", eventOf({ comment: "a & b" })).message).toContain("column 4");
  });
});

describe("CSV", () => {
  const rows = (csv: string, more = {}) => parseCsv(csv, { relaxColumnCount: false, ...more }) as string[][];

  it("gives any text back, as a field, beside other text, and within quotes", async () => {
    const body = 'a,b,c,d\n{{ comment }},x {{ comment }}{{ order }},"{{ comment }}",{{ comment | csv }}\n';
    for (const one of TEXTS) {
      const held = printable(one);
      const parsed = rows(await text("csv", body, eventOf({ comment: one, order: one })));
      expect(parsed[1]).toEqual([held, `x ${held}${held}`, held, held]);
      expect(parsed).toHaveLength(2);
    }
  });

  it("has the delimiter and the line ends that the options name", async () => {
    const event = eventOf({ order: "A;1", reference: "a,b", comment: "x\ny" });
    const csv = await text("csv", "order;ref;comment\n{{ order }};{{ reference }};{{ comment }}\n", event, {
      delimiter: ";",
      lineEnd: "crlf",
    });
    expect(csv).toBe('order;ref;comment\r\n"A;1";a,b;"x\ny"\r\n');
  });

  it("leaves what a spreadsheet would run as it is: it is data for programs", async () => {
    expect(await text("csv", "{{ comment }}", eventOf({ comment: "=1+1" }))).toBe("=1+1");
  });

  it("refuses quotes that do not fit together", () => {
    expect(refusal("csv", 'a,"{{ order }}').message).toContain("a quote is not closed");
  });
});

describe("form and query", () => {
  const body = "a={{ comment }}\n  &b={{ order | url }}\n  &json={{ descriptions | json }}&fixed=a b\n";

  it("give any text back, lone surrogates as U+FFFD", async () => {
    for (const one of TEXTS) {
      const event = eventOf({ comment: one, order: one });
      const expected = [
        ["a", wellFormed(one)],
        ["b", wellFormed(one)],
        ["json", JSON.stringify(event.descriptions)],
        ["fixed", "a b"],
      ];
      expect([...new URLSearchParams(await text("form", body, event))]).toEqual(expected);
      const query = render("query", body, event);
      expect(query.fields).toEqual(expected);
      expect(query.body).toHaveLength(0);
    }
  });

  it("hold no pictures", () => {
    const event = eventOf({ pictures: [contentOf("data:image/png;base64,AAAA")] });
    expect(refusal("form", "a={{ pictures[0] }}", event)).toMatchObject({ code: "template_picture" });
    expect(refusal("query", "a={{ pictures }}", event)).toMatchObject({ code: "template_picture" });
  });
});

describe("plain text", () => {
  it("holds outputs as they are, less control characters", async () => {
    for (const one of TEXTS) {
      expect(await text("text", "<{{ comment }}>", eventOf({ comment: one }))).toBe(`<${printable(one)}>`);
    }
  });

  it("has the line ends that the options name", async () => {
    expect(await text("text", "a\nb\r\nc", eventOf(), { lineEnd: "crlf" })).toBe("a\r\nb\r\nc");
    expect(await text("text", "a\nb\r\nc")).toBe("a\nb\nc");
  });
});

describe("the catalogue's 166 rows", () => {
  it("come out in every format", async () => {
    expect(catalogueEvents).toHaveLength(166);
    const names = ["order", "statusCode", "status", "comment", "reference"];
    for (const event of catalogueEvents) {
      const values = members(event);
      const json = await text("json", `[${names.map((name) => `{{ ${name} }}`)}]`, event);
      expect(JSON.parse(json)).toEqual(values);
      const tags = names.map((name) => `<${name}>{{ ${name} }}</${name}>`).join("");
      const root = elements(await text("xml", `<s>${tags}</s>`, event));
      expect([...root.childNodes].map((node) => node.textContent)).toEqual(values);
      const csv = await text("csv", `${names.map((name) => `{{ ${name} }}`)}\n`, event);
      expect(parseCsv(csv)).toEqual([values]);
      const pairs = names.map((name) => `${name}={{ ${name} }}`).join("&");
      expect([...new URLSearchParams(await text("form", pairs, event)).values()]).toEqual(values);
      expect(render("query", pairs, event).fields?.map(([, value]) => value)).toEqual(values);
      expect(await text("text", "{{ statusCode }} {{ descriptions.nl }}", event)).toBe(
        `${event.statusCode} ${event.descriptions.nl ?? ""}`,
      );
    }
  });
});

describe("pictures", () => {
  const uri = `data:image/png;base64, ${"Tm8g".repeat(50_000)}`;
  const event = eventOf({
    pictures: [contentOf(uri), contentOf("data:,b")],
    signatures: [{ image: contentOf("data:,s"), signedBy: 'J "P"' }],
  });

  it("are streamed in JSON, in quotes, bare and in a list", async () => {
    const body = '{"one":"{{ pictures[0] }}","all":{{ pictures }},"signed":{{ signatures }}}';
    const payload = render("json", body, event);
    const bytes = await bytesOf(payload);
    expect(payload.body).toHaveLength(bytes.length);
    expect("summary" in payload.body && payload.body.summary).toContain('"one":"[sha256:');
    expect(JSON.parse(bytes.toString())).toMatchObject({
      one: uri,
      all: [uri, "data:,b"],
      signed: [{ image: "data:,s", signedBy: 'J "P"' }],
    });
  });

  it("are streamed in XML, CSV and plain text", async () => {
    const xml = await text("xml", '<a p="{{ pictures[1] }}">{{ pictures[0] }}</a>', event);
    expect(elements(xml).textContent).toBe(uri);
    expect(elements(xml).getAttribute("p")).toBe("data:,b");
    const csv = await text("csv", '{{ pictures[0] }},{{ order }},"{{ pictures[1] }}"', event);
    expect(parseCsv(csv)).toEqual([[uri, event.order, "data:,b"]]);
    expect(await text("text", "{% for p in pictures %}{{ p }} {{ p.bytes }};{% endfor %}", event)).toBe(
      `${uri} ${uri.length};data:,b 7;`,
    );
  });

  it("tell their type, and can be written without the head of the data URI", async () => {
    const one = eventOf({ pictures: [contentOf("data:image/png;base64,Tm8=")] });
    const body = '["{{ pictures[0].mediaType }}", {{ pictures[0].base64 }}, "{{ pictures[0].base64 }}"]';
    expect(await text("json", body, one)).toBe('["image/png", "Tm8=", "Tm8="]');
  });

  it("are never a text in memory", () => {
    const uses = ["{{ pictures[0] | append: 'x' }}", "{% capture x %}{{ pictures[0] }}{% endcapture %}"];
    for (const body of [...uses, "{{ pictures | join: ',' }}"]) {
      expect(refusal("text", body, event), body).toMatchObject({ code: "template_picture" });
    }
  });
});

describe("dates", () => {
  const at = (iso: string) => eventOf({ statusTime: Date.parse(iso) });

  it("are written in the endpoint's time zone, summer and winter", async () => {
    const body = '{{ statusTime | date: "%Y%m%d%H%M%S" }} {{ statusTime | date }}';
    for (const iso of [
      "2026-07-19T23:30:05Z",
      "2026-01-01T00:00:00Z",
      "2026-03-29T01:00:00Z",
      "2026-10-25T01:30:00Z",
    ]) {
      for (const timeZone of [ZONE, "UTC", "America/St_Johns", "Asia/Kathmandu"]) {
        const event = at(iso);
        const [compact = "", full = ""] = (await text("text", body, event, {}, { timeZone })).split(" ");
        expect(compact).toBe(formatLocal(event.statusTime, timeZone));
        expect(Date.parse(full)).toBe(event.statusTime);
        expect(full.replace(/\D/g, "").slice(0, 14)).toBe(compact);
      }
    }
  });

  it.each([
    ['"%d/%m/%y %-d.%-m."', "05/02/26 5.2."],
    ['"%a, %d %b %Y %H:%M:%S %z"', "Thu, 05 Feb 2026 03:04:05 +0100"],
    ['"%A %B %e|%I:%M %p|%l %P"', "Thursday February  5|03:04 AM| 3 am"],
    ['"%s %Q %L"', "1770257045 1770257045678 678"],
    ['"%F %T%:z %j %u %%"', "2026-02-05 03:04:05+01:00 036 4 %"],
    ['"%H:%M", "Asia/Tokyo"', "11:04"],
  ])("have the pattern %s", async (pattern, expected) => {
    expect(await text("text", `{{ statusTime | date: ${pattern} }}`, at("2026-02-05T02:04:05.678Z"))).toBe(expected);
  });

  it("may come as text, and stay as they are when they are no time", async () => {
    const details = { createdAt: "2026-02-05T02:04:05Z", pickedUpAt: "20260205030405", deliveredAt: "soon" };
    const names = [...Object.keys(details), "receivedAt"];
    const body = names.map((name) => `{{ details.${name} | date: "%H:%M:%S" }}`).join("|");
    expect(await text("text", body, eventOf(), {}, { details })).toBe("03:04:05|03:04:05|soon|");
    expect(await text("text", '{{ "now" | date: "%F" }} {{ now }}', eventOf(), {}, { now: 86_400_000 })).toBe(
      "1970-01-02 86400000",
    );
  });

  it("refuse a zone and a directive that there are none of", () => {
    expect(refusal("text", '{{ now | date: "%Y", "Mars/Olympus" }}').message).toContain(
      "line 1, column 1: Invalid time zone",
    );
    expect(refusal("text", '{{ now | date: "%K" }}').message).toContain("a date has no %K");
  });
});

describe("the status map", () => {
  const body = "{{ mapped.code }} {{ mapped.text }}";
  const statusMap = { codes: { take: { code: "T1", text: "Taken" } }, statuses: { DELIVERED: { code: "D9" } } };

  it("gives the partner's code and text, or the event's own in the language of the options", async () => {
    expect(await text("text", body, eventOf(), { statusMap })).toBe("T1 Taken");
    const delivered = eventOf({ statusCode: "x", status: "DELIVERED" });
    expect(await text("text", body, delivered, { statusMap, language: "fr" })).toBe("D9 En route avec courier");
  });

  it("that has nothing for an event fails the attempt, but only where it is shown", async () => {
    const odd = eventOf({ statusCode: "odd", status: "WARNING" });
    expect(refusal("text", body, odd, { statusMap })).toMatchObject({
      scope: "endpoint",
      code: "status_map",
      message: 'The status map has nothing for the code "odd" with status WARNING, and no default.',
    });
    expect(await text("text", "{{ statusCode }}", odd, { statusMap })).toBe("odd");
  });
});

describe("file names", () => {
  const name = (format: Format, event: StatusEvent, more = {}) =>
    render(format, "x{}", event, more, { target: "file" }).fileName;

  it("are order, status code and time unless the options say otherwise", () => {
    expect(name("text", eventOf())).toBe("ASK132456798_take_20230719110649.txt");
    expect(name("csv", eventOf(), { fileName: "{{ customer }}-{{ order | downcase }}.edi" })).toBe(
      "acme-ask132456798.edi",
    );
    expect(render("text", "x").fileName).toBeUndefined();
  });

  it("are safe whatever the event holds, and keep the extension of the pattern", () => {
    for (const one of TEXTS) {
      for (const given of [
        name("csv", eventOf({ order: one })),
        name("csv", eventOf({ order: one }), { fileName: "{{ order }}.csv" }),
      ]) {
        expect(given).toMatch(/^[^/\\:*?"<>|\p{Cc}\p{Cs}]+\.csv$/u);
        expect(Buffer.byteLength(given ?? "")).toBeLessThanOrEqual(200);
      }
    }
    expect(name("csv", eventOf({ order: "../a.exe" }), { fileName: "{{ order }}" })).toBe("_---a.exe.csv");
  });

  it("say where they fail", () => {
    const options = { fileName: "a\n{{ pictures | join: '' }}" };
    const event = eventOf({ pictures: [contentOf("data:,a"), contentOf("data:,b")] });
    expect(() => name("text", event, options)).toThrow("The template of the file name fails at line 2, column 1: ");
  });
});

describe("what a template needs", () => {
  it("is what it reads, in the body or in the file name", () => {
    const needs = (body: string, fileName = "a") =>
      typeof custom.needs === "function" && custom.needs({ format: "text", body, fileName });
    expect(needs("{{ order }}")).toEqual({ history: false, details: false });
    expect(needs("{% for e in history %}{{ e.order }}{% endfor %}")).toEqual({ history: true, details: false });
    expect(needs("{% if order == details.title %}{% endif %}")).toEqual({ history: false, details: true });
    expect(needs("{{ order | append: details.title }}", "{{ history.size }}")).toEqual({
      history: true,
      details: true,
    });
    expect(needs("{{ nope")).toEqual({ history: false, details: false });
  });

  it("is shown: history and details, the delivery's id and time", async () => {
    const body = "{% for e in history %}{{ e.statusCode }},{% endfor %}{{ details.recipient.name }} {{ webhookId }}";
    const context = { history: [eventOf({ statusCode: "a" }), eventOf()], details: { recipient: { name: "J" } } };
    expect(await text("text", body, eventOf(), {}, context)).toBe("a,take,J dlv_1");
  });
});

describe("a setting", () => {
  const check = compileSchema(custom.optionsSchema);
  const faults = (options: Record<string, unknown>) => {
    const errors = check(options);
    return errors.length > 0 ? errors : (custom.validate?.(options) ?? []);
  };

  it("is refused when its template cannot be parsed, with line and column", () => {
    const fault = (body: string, more = {}) => faults({ format: "text", body, ...more });
    expect(plainFaults(fault("a\n {{ order | nope }}"))).toEqual([
      { path: "/body", message: "line 2, column 2: there is no filter nope", line: 2, column: 2 },
    ]);
    // A template is shown with its endpoint: what takes a key is none of its filters.
    expect(fault("{{ order | hmac_sha256: 'key' }}")[0]?.message).toContain("there is no filter hmac_sha256");
    expect(plainFaults(fault("a\n {{ ordr }}"))).toEqual([
      { path: "/body", message: "line 2, column 5: there is no variable ordr", line: 2, column: 5 },
    ]);
    expect(fault("\n\n{% if order %}")[0]?.message).toBe("line 3, column 1: tag {% if order %} not closed");
    expect(fault("x {{ order")[0]?.message).toContain("line 1, column 3: ");
    expect(fault("x", { fileName: "{{ order" })[0]?.path).toBe("/fileName");
    for (const tag of [
      "include 'a'",
      "render 'a'",
      "layout 'a'",
      "block a",
      "tablerow a in b",
      "increment a",
      "cycle 'a'",
    ]) {
      expect(fault(`{% ${tag} %}`)[0]?.message, tag).toMatch(/^line 1, column 1: tag "\w+" not found$/);
    }
  });

  it("is refused when its template is too large or nested too deeply", () => {
    expect(plainFaults(faults({ format: "text", body: "x".repeat(1024 * 1024) }))).toEqual([
      { path: "/body", message: "is longer than 65536 characters" },
    ]);
    expect(faults({ format: "text", body: "{% if a %}".repeat(6000) })[0]?.message).toContain(
      "it is nested too deeply",
    );
  });

  it("is refused when it maps statuses to nothing, or shows a map that is not there", () => {
    const mapped = { format: "text", body: "{{ mapped.code }}" };
    expect(plainFaults(faults(mapped))).toEqual([
      { path: "/statusMap", message: "is missing: the template uses mapped" },
    ]);
    expect(faults({ ...mapped, statusMap: {} })[0]).toEqual({
      path: "/statusMap",
      message: "is empty: give at least one member",
      rule: "no_members",
      params: { limit: 1 },
    });
    expect(faults({ ...mapped, statusMap: { default: { code: "" } } })[0]?.path).toBe("/statusMap/default/code");
    expect(faults({ ...mapped, statusMap: { codes: { take: {} } } })[0]?.path).toBe("/statusMap/codes/take/code");
    expect(faults({ ...mapped, statusMap: { default: { code: "X" } } })).toEqual([]);
  });

  it("is refused when no event at all would come out", () => {
    const fault = faults({ format: "json", body: '{"a": 1,}' });
    expect(fault[0]?.path).toBe("/body");
    expect(fault[0]?.message).toMatch(
      /^cannot be rendered, tried with a sample: The template fails at line 1, column 9: /,
    );
    expect(faults({ format: "json", body: '{% if status == "DELIVERED" %}{}{% endif %}' })).toEqual([]);
    expect(faults({ format: "text", body: "x", fileName: "{{ pictures[0] }}" })[0]?.path).toBe("/fileName");
  });

  it("is refused when an option means nothing for the format", () => {
    expect(faults({ format: "json", body: "1", delimiter: ";" })[0]?.path).toBe("/delimiter");
    expect(faults({ format: "json", body: "1", lineEnd: "lf" })[0]?.path).toBe("/lineEnd");
    expect(faults({ format: "form", body: "a=1", contentType: "text/plain" })[0]?.path).toBe("/contentType");
    expect(faults({ format: "text", body: "a", contentType: "text/plain\r\nx: y" })[0]?.path).toBe("/contentType");
    expect(render("text", "a", eventOf(), { contentType: "text/x-edi; charset=utf-8" }).contentType).toBe(
      "text/x-edi; charset=utf-8",
    );
  });
});

describe("a template", () => {
  it("sees no more than the variables", async () => {
    const body =
      "{{ order.constructor }}{{ pictures[0].constructor }}{{ descriptions.toString }}{{ order['__proto__'] }}";
    expect(await text("text", body, eventOf({ pictures: [contentOf("data:,a")] }))).toBe("");
    for (const name of ["constructor", "globalThis", "process", "__proto__", "toString"]) {
      expect(refusal("text", `{{ ${name} }}`).message, name).toContain(`there is no variable ${name}`);
    }
  });

  it("gives the same bytes for the same event", async () => {
    const body = '{"a": {{ descriptions }}, "b": "{{ now | date }}", "c": {{ comment | split: " " | uniq | sort }}}';
    expect(await text("json", body)).toBe(await text("json", body));
  });
});
