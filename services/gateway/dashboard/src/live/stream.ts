import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type Client } from "@connectrpc/connect";
import type { Event } from "../gen/vaka/event/v1/event_pb";
import type { LiveService } from "../gen/vaka/gateway/v1/gateway_service_pb";
import { Store } from "../api/store";

export interface LiveState {
  phase: "off" | "connecting" | "live" | "lost";
  /** When something last came, a beat included; milliseconds. */
  heardAt: number | null;
  seq: bigint;
}

export interface LiveListener {
  onFact(event: Event): void;
  onDelivery(event: Event): void;
  /** Something may have been missed that a resume does not bring. */
  onGap(everything: boolean): void;
}

/** No item for this long means that the line is dead, for a beat comes every few seconds. */
const SILENCE_MS = 20_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/**
 * The one live stream of the page. Starts with what is new, resumes by fact number after a break, and waits longer
 * for each failed try. Deliveries have numbers of their own and are not resumed: a gap is announced instead.
 */
export class LiveStream {
  readonly state = new Store<LiveState>({ phase: "off", heardAt: null, seq: 0n });
  private stopper: AbortController | null = null;

  constructor(
    private readonly client: Client<typeof LiveService>,
    private readonly listener: LiveListener,
    private readonly random: () => number = Math.random,
  ) {}

  start(): void {
    if (this.stopper !== null) return;
    this.stopper = new AbortController();
    void this.run(this.stopper.signal);
  }

  stop(): void {
    this.stopper?.abort();
    this.stopper = null;
    this.change({ phase: "off" });
  }

  private async run(stopped: AbortSignal): Promise<void> {
    let failures = 0;
    while (!stopped.aborted) {
      if (failures === 0) this.change({ phase: "connecting" });
      try {
        await this.listen(stopped, () => (failures = 0));
      } catch (error) {
        if (stopped.aborted) return;
        this.forgetIfBeyond(error);
      }
      if (stopped.aborted) return;
      this.change({ phase: "lost" });
      failures += 1;
      await pause(this.waitAfter(failures), stopped);
    }
  }

  /** Reads until the stream ends, fails or falls silent. */
  private async listen(stopped: AbortSignal, onFirst: () => void): Promise<void> {
    const line = new AbortController();
    const hangUp = () => line.abort();
    stopped.addEventListener("abort", hangUp, { once: true });
    let silence = setTimeout(hangUp, SILENCE_MS);
    const resumed = this.state.get().seq > 0n;
    let first = true;
    try {
      const items = this.client.watch(
        { after: this.state.get().seq },
        { signal: line.signal, timeoutMs: 0 },
      );
      for await (const { item } of items) {
        clearTimeout(silence);
        silence = setTimeout(hangUp, SILENCE_MS);
        if (first) {
          first = false;
          onFirst();
          if (resumed) this.listener.onGap(false);
        }
        if (item.case === "event") {
          this.hear(item.value.seq);
          this.listener.onFact(item.value);
        } else if (item.case === "delivery") {
          this.hear(0n);
          this.listener.onDelivery(item.value);
        } else if (item.case === "beat") {
          this.hear(item.value.seq);
        }
      }
    } finally {
      clearTimeout(silence);
      stopped.removeEventListener("abort", hangUp);
    }
  }

  private hear(seq: bigint): void {
    const known = this.state.get().seq;
    this.change({ phase: "live", heardAt: Date.now(), seq: seq > known ? seq : known });
  }

  /** The server's log is shorter than what we have seen: it was started anew, so everything is read again. */
  private forgetIfBeyond(error: unknown): void {
    if (ConnectError.from(error).code !== Code.OutOfRange) return;
    this.change({ seq: 0n });
    this.listener.onGap(true);
  }

  private waitAfter(failures: number): number {
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
    return wait * (0.5 + this.random() / 2);
  }

  private change(part: Partial<LiveState>): void {
    this.state.set({ ...this.state.get(), ...part });
  }
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stopped.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

/** Milliseconds of when a fact was recorded; now, when it does not say. */
export function recordedAt(event: Event): number {
  return event.recordedAt === undefined ? Date.now() : timestampDate(event.recordedAt).getTime();
}
