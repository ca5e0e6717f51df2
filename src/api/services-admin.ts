import type { User } from "../account-types.js";
import type { Purge, PurgeCounts, PurgeScope } from "../purge-types.js";
import type { UserInput, UserPatch } from "../schemas/user.js";
import type { ApiKey, AuditEntry, AuditNote, Author, KeyRole } from "../types.js";
import type { Page, PageRequest } from "./page.js";

/** A secret that cannot be read: where it is, never what. */
export interface UnreadableSecret {
  readonly kind: "customer" | "endpoint" | "mail";
  readonly id: string;
  readonly field: string;
  readonly problem: string;
}

/** What the secrets in the database are encrypted with. */
export interface SecretsService {
  status(): Promise<{
    readonly activeKey: string;
    readonly keys: readonly { readonly id: string; readonly loaded: boolean; readonly secrets: number }[];
    readonly outdated: number;
    readonly unreadable: { readonly count: number; readonly first: readonly UnreadableSecret[] };
  }>;
  /** Throws InputError for a cursor that this list has not given. */
  listUnreadable(page: PageRequest): Promise<Page<UnreadableSecret>>;
  /** One small set of a pass; throws InputError for a cursor that no rotation has given. */
  rotate(cursor?: string): Promise<{
    readonly rotated: number;
    readonly unreadable: number;
    readonly changed: number;
    readonly next: string | null;
    readonly freed: readonly string[];
  }>;
}

/** The API keys; `find` and `used` are asked for every request, and ask no database. */
export interface KeysService {
  find(hash: string): ApiKey | null;
  used(id: string): void;
  create(
    input: {
      readonly name: string;
      readonly role: KeyRole;
      readonly customer?: string | null | undefined;
      readonly expiresAt?: number | null | undefined;
    },
    author?: Author,
  ): Promise<{ readonly made: ApiKey; readonly key: string }>;
  get(id: string): Promise<ApiKey | null>;
  list(page: PageRequest): Promise<Page<ApiKey>>;
  revoke(id: string, author?: Author): Promise<boolean>;
}

/** A link with which a user chooses a password; times are epoch ms. */
export interface MadeLink {
  readonly link: string;
  readonly linkExpiresAt: number;
  readonly mailed: boolean;
}

/** Who signs in to the pages. */
export interface UsersService {
  get(id: string): Promise<User | null>;
  list(page: PageRequest): Promise<Page<User>>;
  /** `origin`: where whoever asks reaches the service. Throws InputError 409 for an address that is a user's. */
  invite(input: UserInput, origin: string, author?: Author): Promise<MadeLink & { readonly user: User }>;
  link(id: string, origin: string): Promise<MadeLink>;
  /** Throws InputError: 404, and 409 where no admin would be left. */
  patch(id: string, patch: UserPatch, author?: Author): Promise<User>;
  delete(id: string, author?: Author): Promise<boolean>;
}

export interface AuditService {
  write(author: Author, note: AuditNote): Promise<void>;
  /** Newest first. */
  list(
    filter: {
      readonly customer?: string | undefined;
      readonly subject?: string | undefined;
      readonly from?: number | undefined;
      readonly to?: number | undefined;
    },
    page: PageRequest,
  ): Promise<Page<AuditEntry>>;
}

/** What is deleted on demand, with a record that it happened. */
export interface PurgesService {
  count(scope: PurgeScope): Promise<PurgeCounts>;
  /** Throws InputError 404 where there is nothing of it. */
  request(scope: PurgeScope, requestedBy: string): Promise<Purge>;
  get(id: string): Promise<Purge | null>;
  list(request: PageRequest): Promise<Page<Purge>>;
}
