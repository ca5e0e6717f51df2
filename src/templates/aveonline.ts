import { Type } from "typebox";
import type { Content, StatusEvent } from "../types.js";
import { firstDescription } from "./descriptions.js";
import { givenTime, spacedTime } from "./partner-time.js";
import { base64Of, bodyOf, type Segment } from "./segments.js";
import { mapStatus, StatusMap } from "./status-map.js";
import type { Payload, Refusal, RefusedAnswer, RenderContext, Template } from "./template.js";

const OPTIONS = Type.Object(
  {
    shipmentId: Type.Optional(
      Type.Enum(["order", "barcode"], {
        description: "What id_envio is: the order (default), or the barcode if there is one",
      }),
    ),
    proofs: Type.Optional(
      Type.Enum(["array", "object"], {
        description: "base64_entrega_digitalizada as a list (default), or as the first proof alone",
      }),
    ),
    language: Type.Optional(
      Type.String({
        maxLength: 35,
        pattern: "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
        description: "Of nombre_estado and nombre_novedad, a tag such as es or es-CO; es by default",
      }),
    ),
    statusMap: Type.Optional(StatusMap),
  },
  { additionalProperties: false },
);

interface Options {
  readonly shipmentId?: "order" | "barcode";
  readonly proofs?: "array" | "object";
  readonly language?: string;
  readonly statusMap?: StatusMap;
}

/** Aveonline's own word is 201; any other answer says that nothing was taken. */
const CREATED = 201;
const MAX_EVENTS = 500;
/** The only types that the document allows; it says nothing of image/jpg, which some cameras write. */
const PROOF_TYPES: Readonly<Record<string, string>> = {
  "image/jpeg": "image/jpeg",
  "image/jpg": "image/jpeg",
  "image/png": "image/png",
  "application/pdf": "application/pdf",
};
const REPLACEMENTS: Readonly<Record<string, string>> = { return: "DEV", replacement: "REEMP", continuation: "CONT" };
const MAX_TOLD = 1000;

/** What went wrong with a shipment: of events that say so by their status, and of others that give a reason. */
function noveltyOf(event: StatusEvent, code: string, text: string, timeZone: string) {
  const { reason } = event;
  const isNovelty = reason !== null || event.status === "WARNING" || event.status === "NOTOK";
  if (!isNovelty) return { cod_novedad: "", nombre_novedad: "", fecha_novedad: "", estado_novedad: "" };
  return {
    cod_novedad: reason?.code || code,
    nombre_novedad: reason?.text || text,
    fecha_novedad: spacedTime(givenTime(reason?.at, timeZone) ?? event.statusTime, timeZone),
    estado_novedad: reason?.state ?? "",
  };
}

function fieldsOf(event: StatusEvent, options: Options, timeZone: string): Record<string, string> {
  const { shipmentId = "order", language = "es", statusMap } = options;
  const mapped = mapStatus(statusMap, event);
  const code = mapped?.code ?? event.statusCode;
  const text = mapped?.text ?? firstDescription(event.descriptions, [language, language.replace(/-.*/, ""), "en"]);
  return {
    id_envio: shipmentId === "barcode" && event.barcode ? event.barcode : event.order,
    cod_estado: code,
    nombre_estado: text,
    fecha_estado: spacedTime(event.statusTime, timeZone),
    ...noveltyOf(event, code, text, timeZone),
    // The document's own spelling, here and below.
    guia_reeemplazo: event.replacement?.trackingNumber ?? "",
    tipo_guia_reeemplazo: REPLACEMENTS[event.replacement?.kind ?? ""] ?? "",
    ruta_digitalizada: event.documentUrl,
  };
}

function proofSegments(event: StatusEvent, as: "array" | "object"): Segment[] {
  const all: readonly Content[] = [
    ...event.documents,
    ...event.pictures,
    ...event.signatures.map(({ image }) => image),
  ];
  const proofs = all.flatMap((content) => {
    const type = PROOF_TYPES[content.mediaType];
    return type ? [['{"base64":"', base64Of(content), `","mime_type":"${type}"}`] as Segment[]] : [];
  });
  if (as === "object") return proofs[0] ?? ['{"base64":"","mime_type":""}'];
  return ["[", ...proofs.flatMap((proof, at) => (at > 0 ? [",", ...proof] : proof)), "]"];
}

function render(events: readonly StatusEvent[], given: object, { timeZone }: RenderContext): Payload {
  const options = given as Options;
  const segments: Segment[] = ['{"tipo":"json","body":['];
  events.forEach((event, at) => {
    const fields = JSON.stringify(fieldsOf(event, options, timeZone)).slice(0, -1);
    segments.push(`${at > 0 ? "," : ""}${fields},"base64_entrega_digitalizada":`);
    segments.push(...proofSegments(event, options.proofs ?? "array"));
    segments.push(`,"observaciones":${JSON.stringify(event.comment)}}`);
  });
  segments.push("]}");
  return { contentType: "application/json", body: bodyOf(segments), headers: { accept: "application/json" } };
}

interface PartnerError {
  readonly title: string;
  readonly detail: string;
  readonly code: number;
}

/** The `errors` of an answer; the document writes their code as `status` or `status_code`, as number or as text. */
function errorsOf(body: string): PartnerError[] {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return [];
  }
  const { errors } = (answer ?? {}) as { errors?: unknown };
  const list = Array.isArray(errors) ? errors : [];
  return list.map((item: unknown) => {
    const { title, detail, status_code: code, status } = (item ?? {}) as Readonly<Record<string, unknown>>;
    return { title: String(title ?? ""), detail: String(detail ?? ""), code: Number(code ?? status) };
  });
}

/**
 * The document's 400 for a token that is none speaks of decoding it; the library whose words these are says of others
 * that "The JWT string must have two dots". A proof that cannot be decoded is none of the token's.
 */
function isAboutToken(text: string): boolean {
  return /decod|token|signature|jwt/i.test(text) && !/digitalizada|mime_type/i.test(text);
}

function refusal({ status, body }: RefusedAnswer): Refusal | null {
  const errors = errorsOf(body);
  const code = errors.find((error) => error.code >= 100)?.code ?? status;
  const told = errors.map(({ title, detail }) => detail || title).filter((text) => text !== "");
  const said = told.length > 0 ? `: ${told.join("; ").slice(0, MAX_TOLD)}` : "";
  const isToken = code === 401 || (code === 400 && told.some(isAboutToken));
  if (isToken) {
    const message = `Aveonline does not accept the token (${code}${said}). Renew the token in the endpoint's settings.`;
    return { kind: "setting", code: "token_refused", message };
  }
  if (code !== 422 && code !== 400) return null;
  return { kind: "event", code: "content_refused", message: `Aveonline refused what was sent (${code}${said}).` };
}

/** Aveonline's suggested payload: one or many shipments in a POST, their proofs of delivery as base64. */
export const aveonline: Template = {
  name: "aveonline",
  label: "Aveonline",
  optionsSchema: OPTIONS,
  formats: ["json"],
  maxEvents: MAX_EVENTS,
  needs: { history: false, details: false },
  demandsHeader: "Ave-Hub-signature",
  successCodes: () => [CREATED],
  refusal,
  render,
};
