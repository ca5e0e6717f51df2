import type { OpenPage, Page } from "../page.js";
import { preferencesPage } from "../preferences.js";
import { auditPages } from "./admin/audit.js";
import { keyPages } from "./admin/keys.js";
import { userPages } from "./admin/users.js";
import { customerPages } from "./customers.js";
import { deliveryPages } from "./deliveries/index.js";
import { documentationPages } from "./documentation.js";
import { endpointFilePages } from "./endpoint-files/index.js";
import { editPages } from "./endpoints/edit.js";
import { endpointPages } from "./endpoints/endpoint.js";
import { orderPages } from "./orders/index.js";
import { overviewPages } from "./overview.js";
import { statusFormPages } from "./status-form.js";
import { statusPages } from "./statuses.js";

/** Every page of the console. */
export const pages: readonly (Page | OpenPage)[] = [
  preferencesPage,
  ...overviewPages,
  ...deliveryPages,
  ...orderPages,
  ...customerPages,
  ...editPages,
  ...endpointPages,
  ...endpointFilePages,
  ...documentationPages,
  ...statusPages,
  ...statusFormPages,
  ...userPages,
  ...keyPages,
  ...auditPages,
];
