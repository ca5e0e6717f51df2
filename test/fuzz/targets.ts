import { apiTarget } from "./api-target.js";
import { fileNamesTarget } from "./file-names-target.js";
import type { FuzzTarget } from "./fuzz.js";
import { intakeTarget } from "./intake-target.js";
import { liquidTarget } from "./liquid-target.js";
import { readersTarget } from "./readers-target.js";
import { templatesTarget } from "./templates-target.js";
import { wireTarget } from "./wire-target.js";

/** Every part that is fuzzed. */
export const fuzzTargets: readonly FuzzTarget[] = [
  apiTarget,
  wireTarget,
  intakeTarget,
  templatesTarget,
  liquidTarget,
  fileNamesTarget,
  readersTarget,
];
