import type { QueryClient } from "@tanstack/react-query";
import type { Scope } from "./affects";

/**
 * Makes queries old when facts come, at most once per scope and interval: a burst of a hundred delivery receipts
 * leads to a few reads, not to a hundred.
 */
export class Refresher {
  private readonly waiting = new Map<Scope, ReturnType<typeof setTimeout>>();
  private readonly again = new Set<Scope>();

  constructor(
    private readonly queries: QueryClient,
    private readonly everyMs = 400,
  ) {}

  touch(scope: Scope): void {
    if (!this.waiting.has(scope)) void this.queries.invalidateQueries({ queryKey: [scope] });
    else this.again.add(scope);
    this.rests(scope);
  }

  /** As `touch`, but after an interval: of what the page shows already, so that reading it anew is not in its way. */
  touchLater(scope: Scope): void {
    if (this.again.has(scope)) return;
    this.again.add(scope);
    clearTimeout(this.waiting.get(scope));
    this.waiting.delete(scope);
    this.rests(scope);
  }

  private rests(scope: Scope): void {
    if (!this.waiting.has(scope)) this.waiting.set(scope, setTimeout(() => this.rest(scope), this.everyMs));
  }

  everything(): void {
    void this.queries.invalidateQueries();
  }

  stop(): void {
    for (const timer of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
    this.again.clear();
  }

  private rest(scope: Scope): void {
    this.waiting.delete(scope);
    if (this.again.delete(scope)) this.touch(scope);
  }
}
