import type { OpenPage, Page } from "../page.js";
import { preferencesPage } from "../preferences.js";
import { documentationPages } from "./documentation.js";
import { statusPages } from "./statuses.js";

/** Every page of the console. */
export const pages: readonly (Page | OpenPage)[] = [preferencesPage, ...statusPages, ...documentationPages];
