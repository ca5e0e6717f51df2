import { describe, expect, it } from "vitest";
import { compileSchema } from "../../src/schemas/validate.js";
import { aveonline } from "../../src/templates/aveonline.js";
import type { StatusEvent } from "../../src/types.js";
import { NASTY } from "./nasty.js";
import { bytesOf, catalogueEvents, contentOf, eventOf, sample, textOf } from "./support.js";

const BOGOTA = "America/Bogota";

const render = (events: readonly StatusEvent[], options: Record<string, unknown> = {}) =>
  aveonline.render(events, options, {
    format: "json",
    target: "http",
    timeZone: BOGOTA,
    now: 0,
    id: "bat_1",
    history: [],
    details: {},
  });
const bodyOf = async (events: readonly StatusEvent[], options: Record<string, unknown> = {}) =>
  (JSON.parse(await textOf(render(events, options))) as { body: Record<string, unknown>[] }).body;
const first = async (event: Partial<StatusEvent>, options: Record<string, unknown> = {}) =>
  (await bodyOf([eventOf(event)], options))[0];

const EXAMPLE: Partial<StatusEvent> = {
  order: "consecutivo123",
  statusCode: "reparto",
  status: "WARNING",
  statusTime: Date.parse("2022-12-11T11:04:43-05:00"),
  reason: { code: "NOVEDAD", text: "DIRECCION ERRONEA", at: "2022-12-11T11:31:00-05:00", state: "EJECUTADA" },
  replacement: { trackingNumber: "123-444-222", kind: "return" },
  documentUrl: "https://laruta.com/docs/....",
  documents: [contentOf("data:image/png;base64,Base64 was here")],
  comment: "no se encuentra la dirección",
};
const statusMap = { codes: { reparto: { code: "4", text: "EN ENTREGA" } } };

describe("the document's example", () => {
  it("comes out with the same members in the same order", async () => {
    const payload = render([eventOf(EXAMPLE)], { statusMap, proofs: "object" });
    const wanted = JSON.parse(sample("aveonline-sample.json")) as unknown;
    expect(JSON.stringify(JSON.parse(await textOf(payload)))).toBe(JSON.stringify(wanted));
    expect(payload).toMatchObject({ contentType: "application/json", headers: { accept: "application/json" } });
    expect((await bytesOf(payload)).length).toBe(payload.body.length);
  });

  it("has its proofs as a list, as the field list says, unless asked for otherwise", async () => {
    const item = await first(EXAMPLE, { statusMap });
    expect(item?.base64_entrega_digitalizada).toEqual([{ base64: "Base64 was here", mime_type: "image/png" }]);
  });
});

describe("an event", () => {
  it("without a novelty, a replacement and proofs leaves their fields empty", async () => {
    expect(await first({ documents: [], comment: "" })).toEqual({
      id_envio: "ASK132456798",
      cod_estado: "take",
      nombre_estado: "Taken by courier",
      fecha_estado: "2023-07-19 04:06:49",
      cod_novedad: "",
      nombre_novedad: "",
      fecha_novedad: "",
      estado_novedad: "",
      guia_reeemplazo: "",
      tipo_guia_reeemplazo: "",
      ruta_digitalizada: "",
      base64_entrega_digitalizada: [],
      observaciones: "",
    });
    expect((await first({}, { proofs: "object" }))?.base64_entrega_digitalizada).toEqual({ base64: "", mime_type: "" });
  });

  it.each(["WARNING", "NOTOK"] as const)(
    "that is %s is a novelty, told by its own code where it gives no reason",
    async (status) => {
      expect(await first({ status, descriptions: { es: "Dirección errada", en: "x" } })).toMatchObject({
        cod_novedad: "take",
        nombre_novedad: "Dirección errada",
        fecha_novedad: "2023-07-19 04:06:49",
        estado_novedad: "",
      });
    },
  );

  it("is told in the language of a region, else in the language itself", async () => {
    const descriptions = { "es-CO": "Reparto", es: "En reparto", en: "x" };
    const told = async (language: string) => (await first({ descriptions }, { language }))?.nombre_estado;
    expect([await told("es-CO"), await told("es-MX"), await told("es")]).toEqual([
      "Reparto",
      "En reparto",
      "En reparto",
    ]);
    expect(compileSchema(aveonline.optionsSchema)({ language: "es-CO" })).toEqual([]);
  });

  it("tells what took its place", async () => {
    const kindOf = async (kind: string) =>
      (await first({ replacement: { trackingNumber: "9", kind } }))?.tipo_guia_reeemplazo;
    expect([await kindOf("return"), await kindOf("replacement"), await kindOf("continuation")]).toEqual([
      "DEV",
      "REEMP",
      "CONT",
    ]);
    expect(await first({ replacement: { trackingNumber: "9" } })).toMatchObject({
      guia_reeemplazo: "9",
      tipo_guia_reeemplazo: "",
    });
  });

  it("shows documents, pictures and signatures of the three types that are allowed, and no other", async () => {
    const item = await first({
      documents: [contentOf("data:application/pdf;base64,cGRm", 10), contentOf("data:text/plain;base64,dGV4dA==")],
      pictures: [contentOf("data:image/jpg;base64, anBn"), contentOf("data:image/webp;base64,d2VicA==")],
      signatures: [{ image: contentOf("data:image/png;base64,cG5n"), signedBy: "Ann" }],
    });
    expect(item?.base64_entrega_digitalizada).toEqual([
      { base64: "cGRm", mime_type: "application/pdf" },
      { base64: "anBn", mime_type: "image/jpeg" },
      { base64: "cG5n", mime_type: "image/png" },
    ]);
  });

  it("is called by its barcode where that is asked for and there is one", async () => {
    const options = { shipmentId: "barcode" };
    expect((await first({ barcode: "B1" }, options))?.id_envio).toBe("B1");
    expect((await first({ barcode: "" }, options))?.id_envio).toBe("ASK132456798");
  });

  it("survives any text", async () => {
    for (const text of NASTY) {
      const item = await first({ comment: text, documentUrl: text, order: text || "A" });
      expect([item?.observaciones, item?.ruta_digitalizada]).toEqual([text, text]);
    }
  });

  it("of each of the 166 rows becomes one shipment of a batch", async () => {
    const items = await bodyOf(catalogueEvents);
    expect(items.map((item) => item.id_envio)).toEqual(catalogueEvents.map(({ order }) => order));
    expect(items.every((item) => Object.keys(item).length === 13)).toBe(true);
  });
});

describe("an answer", () => {
  const answer = (status: number, errors: object[]) =>
    aveonline.refusal?.({ status, body: JSON.stringify({ errors }) });

  it("of 201 alone means delivered", () => {
    expect(aveonline.successCodes?.({})).toEqual([201]);
  });

  it.each([
    [401, { title: "Unauthenticated", detail: "The signature is invalid.", status_code: "401" }],
    [
      400,
      {
        title: "Bad Request",
        detail: "Error while decoding from Base64Url, invalid base64 characters detected",
        status_code: 400,
      },
    ],
    [400, { title: "Bad Request", detail: "The JWT string must have two dots", status_code: 400 }],
    [200, { title: "Unauthenticated", status: "401" }],
  ])("of %s about the token is a fault of the setting", (status, error) => {
    const refused = answer(status, [error]);
    expect(refused).toMatchObject({ kind: "setting" });
    expect(refused?.message).toContain("Renew the token");
    expect(refused?.message).toContain("detail" in error ? error.detail : error.title);
  });

  it.each([
    [422, { title: "Unprocessable Content", detail: "El campo id_envio es obligatorio", status: 422 }],
    [400, { title: "Bad Request", detail: "La trama no es válida", status_code: 400 }],
    [400, { title: "Bad Request", detail: "base64_entrega_digitalizada: error while decoding", status: 400 }],
    [200, { title: "Unprocessable Content", detail: "x", status_code: "422" }],
  ])("of %s about the content is a fault of what was sent, with Aveonline's words", (status, error) => {
    expect(answer(status, [error])).toMatchObject({
      kind: "event",
      message: expect.stringContaining(error.detail),
    });
  });

  it("of another kind, or that is no JSON, means no more than its status", () => {
    expect(aveonline.refusal?.({ status: 500, body: "<html>" })).toBeNull();
    expect(aveonline.refusal?.({ status: 503, body: '{"errors":"busy"}' })).toBeNull();
    expect(aveonline.refusal?.({ status: 401, body: "" })).toMatchObject({ kind: "setting" });
    expect(aveonline.refusal?.({ status: 422, body: "[null]" })).toMatchObject({ kind: "event" });
    expect(aveonline.refusal?.({ status: 422, body: '{"errors":[null,7]}' })).toMatchObject({ kind: "event" });
  });
});

describe("its options", () => {
  it("refuse what is none of them", () => {
    const check = compileSchema(aveonline.optionsSchema);
    expect(check({ statusMap, proofs: "object", shipmentId: "barcode", language: "es" })).toEqual([]);
    expect(check({ statusMap: { codes: { take: { code: "" } } } }).map(({ path }) => path)).toEqual([
      "/statusMap/codes/take/code",
    ]);
    expect(check({ proofs: "list", token: "x" }).map(({ path }) => path)).toEqual(["/token", "/proofs"]);
  });
});
