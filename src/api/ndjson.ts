/** The content type of bodies and answers of one JSON text a line. */
export const NDJSON = "application/x-ndjson";
