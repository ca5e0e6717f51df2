import { InputError } from "../errors.js";
import type { Endpoint } from "../types.js";
import type { createEndpointReads, EndpointsOptions } from "./endpoint-reads.js";

/** What is told of a change: the endpoint as it is now, or that it is gone. */
export type EndpointChange =
  | Endpoint
  | { readonly id: string; readonly laneId: string; readonly deleted: true }
  /** By another process, or with its customer: as it is now it is read when it is used next. */
  | { readonly id: string; readonly laneId: string; readonly elsewhere: true };

export type Tell = (change: EndpointChange) => void;
/** What all that writes endpoints shares. */
export interface Writing extends EndpointsOptions {
  readonly reads: ReturnType<typeof createEndpointReads>;
  readonly tell: Tell;
}

/** Changes an endpoint as it is when its turn comes. Throws InputError 404. */
export async function changing<T>(
  { reads, customers }: Writing,
  id: string,
  work: (current: Endpoint) => Promise<T>,
): Promise<T> {
  const found = async () => {
    const endpoint = await reads.get(id);
    if (!endpoint) throw InputError.notFound("endpoint", id);
    return endpoint;
  };
  const { customer } = await found();
  return customers.exclusive(customer, async () => {
    // Another process may have changed it, and this one not heard of it yet.
    reads.forget(customer, [id]);
    return work(await found());
  });
}

/** Reads the endpoint again after a write, and tells of it. */
export async function changed({ reads, tell }: Writing, id: string, customer: string): Promise<Endpoint> {
  reads.forget(customer, [id]);
  const endpoint = await reads.get(id);
  if (!endpoint) throw InputError.notFound("endpoint", id);
  tell(endpoint);
  return endpoint;
}
