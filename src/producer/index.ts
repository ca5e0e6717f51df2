export type { FieldError } from "../errors.js";
export type { EventInput } from "../schemas/event.js";
export type { Clock } from "../types.js";
export type { Published } from "./entry.js";
export { ProducerError, type ProducerErrorCode, type UnpublishedEvent } from "./error.js";
export { type InboxInsert, inboxInsert } from "./inbox.js";
export type { ProducerOptions, RetryOptions } from "./options.js";
export { createProducer, type Producer, type ProducerStats } from "./producer.js";
