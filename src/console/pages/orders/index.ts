import type { Page } from "../../page.js";
import { proofPages } from "./proof.js";
import { searchPages } from "./search.js";
import { storyPages } from "./story.js";

export const orderPages: readonly Page[] = [...searchPages, ...storyPages, ...proofPages];
