import type { FieldError } from "../errors.js";
import type { CheckStep } from "../transports/transport.js";
import type { Attempt, Customer, Endpoint } from "../types.js";

/** What one test sent, and what came back. */
export interface TestResult {
  readonly ok: boolean;
  readonly message: string;
  readonly attempt: Omit<Attempt, "deliveryId" | "number" | "late">;
  /** Where in the setting the fault lies, as far as it is known. */
  readonly errors?: readonly FieldError[];
}

/** What would be sent. */
export interface Preview {
  readonly contentType: string;
  readonly fileName: string | null;
  readonly url: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly unmapped: readonly string[];
}

/** Who looks on while a check goes on. */
export interface CheckWatch {
  /** Gets each step as it ends. */
  readonly onStep?: (step: CheckStep) => void;
  readonly signal?: AbortSignal;
}

/** What is tried: an event as it is published, completed by a sample; or by its id one that is kept, whole. */
export interface TriedWith {
  readonly event?: unknown;
  readonly eventId?: string | undefined;
}

/** Tries an endpoint out, saved or not; nothing is kept. Paths of faulty fields of the event begin with `/event`. */
export interface TryOutService {
  /** `watch`: who looks on; aborting its signal ends the check. */
  check(endpoint: Endpoint, watch?: CheckWatch): Promise<readonly CheckStep[]>;
  test(endpoint: Endpoint, customer: Customer, tried?: TriedWith): Promise<TestResult>;
  preview(endpoint: Endpoint, customer: Customer, tried?: TriedWith): Promise<Preview>;
}
