import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { clientsOf } from "../api/clients";
import { LiveService, WatchResponseSchema, type WatchResponse } from "../gen/vaka/gateway/v1/gateway_service_pb";
import { affectedBy } from "./affects";
import { LiveStream } from "./stream";

function fact(seq: bigint): WatchResponse {
  return create(WatchResponseSchema, { item: { case: "event", value: { seq, fact: { case: "incidentWithdrawn", value: { incident: "i" } } } } });
}

/** A stream whose n-th connection does what `lines[n]` says; tells with what `after` each was opened. */
function streamOf(lines: (() => AsyncGenerator<WatchResponse>)[]) {
  const after: bigint[] = [];
  const heard = { facts: [] as bigint[], gaps: [] as boolean[] };
  const { live } = clientsOf(
    createRouterTransport(({ service }) =>
      service(LiveService, {
        watch(request) {
          after.push(request.after);
          return (lines[after.length - 1] ?? forever)();
        },
      }),
    ),
  );
  const stream = new LiveStream(live, {
    onFact: (event) => void heard.facts.push(event.seq),
    onDelivery: () => undefined,
    onGap: (everything) => void heard.gaps.push(everything),
  }, () => 1);
  return { stream, after, heard };
}

async function* forever(): AsyncGenerator<WatchResponse> {
  yield create(WatchResponseSchema, { item: { case: "beat", value: { seq: 0n } } });
  await new Promise(() => undefined);
}

describe("LiveStream", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("resumes after the last fact that it heard, and says that deliveries may be missing", async () => {
    const { stream, after, heard } = streamOf([
      async function* () {
        yield fact(5n);
        yield fact(6n);
        throw new ConnectError("gone", Code.Unavailable);
      },
    ]);
    stream.start();
    await vi.waitFor(() => expect(stream.state.get().phase).toBe("lost"));
    await vi.advanceTimersByTimeAsync(600);
    await vi.waitFor(() => expect(stream.state.get().phase).toBe("live"));
    expect(after).toEqual([0n, 6n]);
    expect(heard.facts).toEqual([5n, 6n]);
    expect(heard.gaps).toEqual([false]);
    stream.stop();
  });

  it("waits longer for each failed try", async () => {
    const down = async function* (): AsyncGenerator<WatchResponse> {
      throw new ConnectError("down", Code.Unavailable);
    };
    const { stream, after } = streamOf([down, down, down, down]);
    stream.start();
    const tries: number[] = [];
    for (let ms = 0; ms < 4500; ms += 50) {
      await vi.advanceTimersByTimeAsync(50);
      while (tries.length < after.length) tries.push(ms);
    }
    const waits = tries.slice(1).map((at, n) => at - tries[n]!);
    expect(waits.slice(0, 3).map((ms) => Math.round(ms / 500))).toEqual([1, 2, 4]);
    stream.stop();
  });

  it("starts anew when the server's log is shorter than what it has seen", async () => {
    const { stream, after, heard } = streamOf([
      async function* () {
        yield fact(90n);
      },
      async function* () {
        throw new ConnectError("beyond the head", Code.OutOfRange);
      },
    ]);
    stream.start();
    await vi.advanceTimersByTimeAsync(5000);
    await vi.waitFor(() => expect(after).toEqual([0n, 90n, 0n]));
    expect(heard.gaps).toContain(true);
    stream.stop();
  });

  it("hangs up on silence and connects again", async () => {
    const { stream, after } = streamOf([forever]);
    stream.start();
    await vi.advanceTimersByTimeAsync(100);
    expect(stream.state.get().phase).toBe("live");
    await vi.advanceTimersByTimeAsync(21_500);
    expect(after).toHaveLength(2);
    stream.stop();
  });
});

describe("affectedBy", () => {
  it("knows what a fact makes old, and lets unknown facts be", () => {
    const withdrawn = fact(1n).item;
    expect(withdrawn.case === "event" && affectedBy(withdrawn.value)).toEqual(["incidents", "weeks"]);
  });
});
