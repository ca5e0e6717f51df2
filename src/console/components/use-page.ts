import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { PageContext } from "../page.js";
import type { Session } from "../session.js";

/** What components know of the page that they stand in. */
export type Around = PageContext & { readonly session: Session | null };

const Current = createContext<Around | null>(null);

export const PageProvider = Current.Provider;

/** The page that a component stands in. */
export function usePage(): Around {
  const page = useContext(Current);
  if (!page) throw new Error("this component stands in no page");
  return page;
}
