import type { Catalogue } from "../catalogue/index.js";
import { mapStatus, type StatusMap } from "../templates/status-map.js";
import type { CatalogueRow, Endpoint } from "../types.js";

/** The status codes that an endpoint lets through and its status map says nothing of, each once; none without a map. */
export function unmappedCodes(endpoint: Pick<Endpoint, "filter" | "template">, catalogue: Catalogue): string[] {
  const { statusMap } = endpoint.template.options as { statusMap?: StatusMap };
  if (!statusMap) return [];
  const { statuses, statusCodes } = endpoint.filter;
  const passes = ({ code, status }: CatalogueRow) =>
    (statuses.length === 0 || statuses.includes(status)) && (statusCodes.length === 0 || statusCodes.includes(code));
  const known = catalogue.list();
  const unknown = statusCodes.filter((code) => !catalogue.find(code));
  const missing = known.filter(
    (row) => passes(row) && !mapStatus(statusMap, { statusCode: row.code, status: row.status }),
  );
  // What the catalogue does not know comes with a status of its own, which nobody can tell yet.
  const { codes = {} } = statusMap;
  const open = statusMap.default ? [] : unknown.filter((code) => !Object.hasOwn(codes, code));
  return [...new Set([...missing.map(({ code }) => code), ...open])];
}
