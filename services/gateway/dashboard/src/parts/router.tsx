import { useMemo, type ComponentProps, type MouseEvent } from "react";
import { Store, useStore } from "../api/store";

const here = () => window.location.pathname + window.location.search;
const place = new Store(here());
window.addEventListener("popstate", () => place.set(here()));

/** Goes to a page of this site without loading it anew. */
export function go(to: string, replace = false): void {
  if (to === here()) return;
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  place.set(here());
  if (!replace) window.scrollTo(0, 0);
}

export interface Place {
  path: string;
  /** The path's parts: "/larm/a-1" → ["larm", "a-1"]. */
  parts: string[];
  query: URLSearchParams;
}

/** An address that somebody has cut off in the middle of a sign is taken as it stands. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function usePlace(): Place {
  const now = useStore(place);
  return useMemo(() => {
    const url = new URL(now, window.location.origin);
    return {
      path: url.pathname,
      parts: url.pathname.split("/").filter((part) => part !== "").map(decoded),
      query: url.searchParams,
    };
  }, [now]);
}

export function Link({ href, onClick, ...rest }: ComponentProps<"a"> & { href: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const elsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0;
    if (elsewhere || event.defaultPrevented) return;
    event.preventDefault();
    go(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
