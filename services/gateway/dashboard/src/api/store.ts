import { useSyncExternalStore } from "react";

/** A value that pages can watch and anything can set. Not kept across reloads by itself. */
export class Store<T> {
  private readonly watchers = new Set<() => void>();

  constructor(private value: T) {}

  readonly get = (): T => this.value;

  set(value: T): void {
    this.value = value;
    for (const watcher of this.watchers) watcher();
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.watch, store.get);
}

/** localStorage that is never in the way: private windows and tests may refuse it. */
export const kept = {
  read<T>(name: string, otherwise: T): T {
    try {
      const text = localStorage.getItem(name);
      return text === null ? otherwise : (JSON.parse(text) as T);
    } catch {
      return otherwise;
    }
  },
  write(name: string, value: unknown): void {
    try {
      if (value === null || value === undefined) localStorage.removeItem(name);
      else localStorage.setItem(name, JSON.stringify(value));
    } catch {
      // Nothing is lost but the memory across reloads.
    }
  },
};
