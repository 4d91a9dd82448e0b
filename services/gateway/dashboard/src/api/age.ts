import type { Interceptor } from "@connectrpc/connect";
import { Store } from "./store";

/** When an answer came and how old it already was then, in milliseconds. */
export interface Answered {
  at: number;
  age: number;
}

/**
 * The newest answer whose service said how old its state may be: it answers from memory also while the log cannot be
 * reached.
 */
export const answeredStore = new Store<Answered | null>(null);

export const notingAge: Interceptor = (next) => async (request) => {
  const response = await next(request);
  const seconds = response.header.get("vaka-age");
  if (seconds !== null) answeredStore.set({ at: Date.now(), age: Number(seconds) * 1000 });
  return response;
};

/** How old what the page shows may be by the newest answer. */
export function ageOf(answered: Answered | null, now: number): number {
  return answered === null ? 0 : answered.age + Math.max(0, now - answered.at);
}

/** An answer that was this old when it came was read while the log was away. */
export const OLD_MS = 8000;
