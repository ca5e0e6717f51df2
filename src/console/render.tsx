import type { VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { type Around, PageProvider } from "./components/use-page.js";

/** A part of a page as HTML, without the frame. */
export function renderPart(context: Around, part: VNode): string {
  return renderToString(<PageProvider value={context}>{part}</PageProvider>);
}
