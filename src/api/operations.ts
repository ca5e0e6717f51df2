import { endpointShapes } from "../schemas/endpoint-shapes.js";
import type { Operation } from "./operation.js";
import { auditOperations } from "./routes/audit.js";
import { backlogOperation } from "./routes/backlog.js";
import { customerOperations } from "./routes/customers.js";
import { deliveryOperations } from "./routes/deliveries.js";
import { endpointOperations } from "./routes/endpoints.js";
import { eventOperations } from "./routes/events.js";
import { keyOperations } from "./routes/keys.js";
import { kindOperations } from "./routes/kinds.js";
import { orderOperations } from "./routes/orders.js";
import { overviewOperations } from "./routes/overview.js";
import { type PublishOptions, publishOperation } from "./routes/publish.js";
import { purgeOperations } from "./routes/purges.js";
import { secretOperations } from "./routes/secrets.js";
import { serviceOperations } from "./routes/service.js";
import { statusOperations } from "./routes/statuses.js";
import { tryOutOperations } from "./routes/try-out.js";
import { userOperations } from "./routes/users.js";
import type { ApiServices } from "./services.js";

/** Every operation of the API, in the order of the document. */
export function operationsOf(services: ApiServices, version: string, publish: PublishOptions): Operation[] {
  const shapes = endpointShapes(services.transports, services.templates);
  return [
    publishOperation(publish),
    ...eventOperations(services.events, services.replay),
    ...deliveryOperations(services),
    ...customerOperations(services),
    ...endpointOperations(services, shapes),
    backlogOperation(services),
    ...tryOutOperations(services, shapes, publish.logger),
    ...kindOperations(services),
    ...orderOperations(services, shapes),
    ...statusOperations(services),
    ...secretOperations(services),
    ...keyOperations(services.keys),
    ...userOperations(services.users),
    ...auditOperations(services.audit),
    ...purgeOperations(services),
    ...overviewOperations(services.overview),
    ...serviceOperations(services, version),
  ];
}
