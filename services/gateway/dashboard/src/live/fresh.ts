import { Store } from "../api/store";

/** Incidents that came while the page was open, by id, with when: they pulse once on the map and in the list. */
export const freshStore = new Store<ReadonlyMap<string, number>>(new Map());

export const FRESH_MS = 60_000;

export function noteFresh(incident: string, at: number): void {
  const kept = [...freshStore.get()].filter(([, since]) => at - since < FRESH_MS);
  freshStore.set(new Map([...kept, [incident, at]]));
}
