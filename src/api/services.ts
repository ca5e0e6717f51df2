import type { Catalogue } from "../catalogue/index.js";
import type { Registry } from "../delivery/settings.js";
import type { Fault } from "../errors.js";
import type { StateFilter } from "../schemas/delivery.js";
import type { Described } from "../schemas/endpoint-shapes.js";
import type { TraceContext } from "../tracing.js";
import type {
  Attempt,
  Author,
  CatalogueRow,
  Clock,
  Content,
  Customer,
  CustomerInput,
  Delivery,
  Endpoint,
  EndpointInput,
  EndpointPatch,
  EndpointState,
  OrderDetails,
  OrderRecord,
  Status,
  StatusEvent,
} from "../types.js";
import type { Page, PageRequest } from "./page.js";
import type { AuditService, KeysService, PurgesService, SecretsService, UsersService } from "./services-admin.js";
import type { OverviewService } from "./services-overview.js";
import type { TryOutService } from "./services-try-out.js";

/** What became of one published event. */
export interface PublishResult {
  readonly id: string;
  readonly duplicate: boolean;
  readonly deliveries: number;
  readonly reason?: string;
}

export interface Publisher {
  /** All items or none; throws InputError with the faulty fields of every item. */
  publish(items: readonly unknown[], trace?: TraceContext): Promise<PublishResult[]>;
  /** Each item for itself. */
  publishEach(items: readonly unknown[], trace?: TraceContext): Promise<(PublishResult | Error)[]>;
}

export interface CustomersService {
  get(id: string): Promise<Customer | null>;
  put(
    id: string,
    input: CustomerInput,
    author?: Author,
  ): Promise<{ readonly customer: Customer; readonly created: boolean }>;
  delete(id: string, author?: Author): Promise<boolean>;
  /** By id; `search`: those whose id or name holds it. */
  list(request: PageRequest & { readonly search?: string | undefined }): Promise<Page<Customer>>;
}

export interface EndpointsService {
  get(id: string): Promise<Endpoint | null>;
  create(customer: string, input: EndpointInput, scope: { readonly author: Author }): Promise<Endpoint>;
  /** An endpoint that is not kept. `basedOn`: what is said is a patch of it; throws InputError 404 for another customer's. */
  draft(customer: string, input: EndpointInput | EndpointPatch, basedOn?: string): Promise<Endpoint>;
  /** `version`: throws InputError 409 where it has another one by now. */
  patch(id: string, patch: EndpointPatch, author?: Author, version?: number): Promise<Endpoint>;
  setState(id: string, state: EndpointState, reason: string, options: { readonly author: Author }): Promise<Endpoint>;
  delete(id: string, author?: Author): Promise<boolean>;
  list(request: PageRequest & { readonly customer: string; readonly order?: string | null }): Promise<Page<Endpoint>>;
  /** Without `kind` the new secret is of the old one's. */
  rotateSecret(
    id: string,
    kind?: "hmac" | "ed25519",
    author?: Author,
  ): Promise<{ readonly endpoint: Endpoint; readonly secret: string; readonly publicKey: string | null }>;
}

export interface Readiness {
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, { readonly ok: boolean; readonly detail: string }>>;
}

export interface OrdersService {
  get(customer: string, order: string): Promise<OrderRecord | null>;
  /** Endpoints left out stay as they are; an empty list takes the order's own away. */
  put(
    customer: string,
    order: string,
    input: {
      readonly details: OrderDetails;
      readonly callbackUrls: readonly string[];
      readonly endpoints?: readonly EndpointInput[] | undefined;
    },
    author?: Author,
  ): Promise<{ readonly order: OrderRecord; readonly endpoints: readonly Endpoint[] }>;
}

/** Moments are epoch ms; `from` is included, `to` is not. */
export interface EventFilter {
  readonly customer?: string | undefined;
  readonly order?: string | undefined;
  readonly reference?: string | undefined;
  readonly barcode?: string | undefined;
  readonly externalId?: string | undefined;
  readonly statusCode?: string | undefined;
  readonly status?: Status | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

type ContentRef = Pick<Content, "sha256" | "length" | "mediaType">;

/** A status change with its pictures, signatures and documents by reference. */
export type EventView = Omit<StatusEvent, "signatures" | "pictures" | "documents"> & {
  readonly signatures: readonly { readonly image: ContentRef; readonly signedBy: string }[];
  readonly pictures: readonly ContentRef[];
  readonly documents: readonly ContentRef[];
};

export interface EventsService {
  get(id: string): Promise<EventView | null>;
  /** Newest first. */
  list(filter: EventFilter, page: PageRequest): Promise<Page<EventView>>;
}

export interface DeliveryFilter {
  readonly customer?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly event?: string | undefined;
  readonly order?: string | undefined;
  readonly reference?: string | undefined;
  readonly barcode?: string | undefined;
  readonly ids?: readonly string[] | undefined;
  readonly status?: Status | undefined;
  readonly statusCode?: string | undefined;
  readonly code?: string | undefined;
  readonly error?: string | undefined;
  readonly state?: StateFilter | undefined;
  readonly fault?: Fault | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** A delivery with what its event and its endpoint say in short. */
export interface DeliveryView extends Delivery {
  readonly endpointName: string;
  readonly transport: string;
  /** Of the last attempt, such as `http_503`; empty where nothing has failed. */
  readonly code: string;
  readonly event: Pick<
    StatusEvent,
    "externalId" | "reference" | "barcode" | "container" | "statusCode" | "status" | "statusTime"
  >;
}

export interface DeliveriesService {
  /** With its attempts, the first one first. */
  get(id: string): Promise<(DeliveryView & { readonly attemptList: readonly Attempt[] }) | null>;
  /** Newest first. */
  list(filter: DeliveryFilter, page: PageRequest): Promise<Page<DeliveryView>>;
  /** Of those that failed, or with the state pending of those that wait after a failure; `searchedTo`: epoch ms. */
  causes(filter: DeliveryFilter): Promise<{ readonly items: readonly Cause[]; readonly searchedTo: number | null }>;
}

/** Deliveries that failed at one endpoint in one way; times are epoch ms. */
export interface Cause {
  readonly customer: string;
  readonly endpointId: string;
  readonly endpointName: string;
  readonly transport: string;
  readonly fault: Fault | null;
  readonly code: string;
  readonly reason: string;
  readonly lastError: string;
  readonly count: number;
  readonly newestId: string;
  readonly newestAt: number;
  readonly oldestAt: number;
}

export type Selection = { readonly ids: readonly string[] } | { readonly filter: DeliveryFilter };
export interface ActionOptions {
  readonly dryRun?: boolean | undefined;
  /** Of a filter: so many; left out: all. */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}
export interface ActionResult {
  readonly count: number;
  /** The lanes that have something to do now. */
  readonly laneIds: readonly string[];
  /** With `limit`: the cursor of what is left. */
  readonly next: string | null;
}

/** Changes of deliveries by hand. */
export interface ActionsService {
  retry(selection: Selection, options?: ActionOptions): Promise<ActionResult>;
  cancel(selection: Selection, options?: ActionOptions): Promise<ActionResult>;
  /** What waits for an endpoint that is at rest, counted so far as somebody who looks can wait for. */
  backlog(endpoint: Endpoint): Promise<Backlog>;
  /** Makes an endpoint active again, after doing with what waited as chosen. */
  resume(
    endpointId: string,
    choice: "sendAll" | "latestPerOrder" | "cancel",
    author?: Author,
  ): Promise<
    ActionResult & { readonly endpoint: Endpoint; readonly canceled: number; readonly canceledIds: readonly string[] }
  >;
}

/** What waits for an endpoint; `since` is epoch ms, of the oldest that was counted. */
export interface Backlog {
  readonly waiting: number;
  readonly waitingMore: boolean;
  readonly since: number | null;
  /** So many were looked at for a later status of their order, and so many of them have one. */
  readonly looked: number;
  readonly superseded: number;
}

/** Makes new deliveries of events that are there, and wakes their lanes. */
export interface ReplayService {
  /** To every endpoint that matches the event now. Throws InputError 404. */
  event(id: string): Promise<{ readonly count: number; readonly reason?: string }>;
  /** The event of each delivery that fits, to the same endpoint again. */
  deliveries(
    filter: DeliveryFilter,
    options: ActionOptions,
  ): Promise<{ readonly count: number; readonly next: string | null }>;
}

/** Who changes a code of the catalogue, and what stood there before. */
interface StatusChange {
  readonly author: Author;
  readonly before: readonly CatalogueRow[];
}

/** Why nothing is sent, since when (epoch ms). */
export interface HeldLane {
  readonly reason: string;
  readonly since: number;
}

/** All that the API needs of the other parts. */
export interface ApiServices {
  readonly clock: Clock;
  readonly registry: Registry;
  /** For the document only; the registry finds them. */
  readonly transports: readonly (Described & { readonly accepts: readonly string[] })[];
  readonly templates: readonly (Described & { readonly formats: readonly string[]; readonly maxEvents: number })[];
  readonly publisher: Publisher;
  readonly customers: CustomersService;
  readonly endpoints: EndpointsService;
  /** Those of the lanes that are held for a fault of their setting, by id. */
  heldLanes(ids: Iterable<string>): Promise<ReadonlyMap<string, HeldLane>>;
  /** When the endpoints of these lanes are disabled for their failures, epoch ms; those without a plan have no entry. */
  plannedDisablings(laneIds: Iterable<string>): Promise<ReadonlyMap<string, number>>;
  readonly tryOut: TryOutService;
  readonly orders: OrdersService;
  readonly events: EventsService;
  readonly deliveries: DeliveriesService;
  readonly actions: ActionsService;
  readonly replay: ReplayService;
  readonly secrets: SecretsService;
  readonly purges: PurgesService;
  /** What serves events. */
  readonly catalogue: Pick<Catalogue, "find" | "list" | "set" | "remove">;
  /** What keeps the changes of the catalogue. */
  readonly statuses: {
    put(row: CatalogueRow, by: StatusChange): Promise<void>;
    delete(code: string, by: StatusChange): Promise<void>;
  };
  readonly keys: KeysService;
  readonly users: UsersService;
  readonly audit: AuditService;
  /** Says that lanes have work now. */
  wake(laneIds: readonly string[]): void;
  readiness(): Readiness | Promise<Readiness>;
  /** How things stand: of all customers, or of one; a second old at most. */
  overview: OverviewService;
  /** The metrics in Prometheus's text format. */
  metrics(): Promise<string>;
}
