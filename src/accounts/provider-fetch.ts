import type { CustomFetch } from "openid-client";

/** Of one answer, as text: a provider's keys and claims are a few KiB. */
const MAX_ANSWER_BYTES = 1024 * 1024;

function bounded(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  let left = MAX_ANSWER_BYTES;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      left -= chunk.byteLength;
      if (left < 0) controller.error(new Error("the answer is longer than 1 MiB"));
      else controller.enqueue(chunk);
    },
  });
  return body.pipeThrough(counting);
}

/** Asks the provider, and reads no more of an answer than it can mean: openid-client bounds the time alone. */
export const providerFetch: CustomFetch = async (url, options) => {
  const response = await fetch(url, options as RequestInit);
  const { body, status, statusText, headers } = response;
  return body ? new Response(bounded(body), { status, statusText, headers }) : response;
};
