import type { Page } from "../../page.js";
import { bulkPages } from "./bulk.js";
import { causePages } from "./causes.js";
import { listPages } from "./list.js";
import { onePages } from "./one.js";

export const deliveryPages: readonly Page[] = [...listPages, ...causePages, ...bulkPages, ...onePages];
