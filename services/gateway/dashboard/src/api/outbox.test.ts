import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { IntakeService, ReportRequestSchema } from "../gen/vaka/intake/v1/intake_service_pb";
import { clientsOf } from "./clients";
import { Outbox } from "./outbox";

const request = create(ReportRequestSchema, { kommun: "0127", idempotencyKey: "k-1", submission: { category: "graffiti" } });

function serverThat(answer: (key: string) => void) {
  return clientsOf(
    createRouterTransport(({ service }) =>
      service(IntakeService, {
        report({ idempotencyKey }) {
          answer(idempotencyKey);
          return { seq: 1n };
        },
      }),
    ),
  );
}

describe("Outbox", () => {
  it("survives a reload and sends once with the key that it was kept with", async () => {
    new Outbox().keepReport(request);
    const keys: string[] = [];
    const after = new Outbox();
    expect(after.items.get()).toHaveLength(1);
    expect(await after.flush(serverThat((key) => void keys.push(key)))).toBe(1);
    expect(await after.flush(serverThat((key) => void keys.push(key)))).toBe(0);
    expect(keys).toEqual(["k-1"]);
    expect(new Outbox().items.get()).toEqual([]);
  });

  it("keeps what still cannot be sent", async () => {
    const box = new Outbox();
    box.keepReport(request);
    await box.flush(serverThat(() => {
      throw new ConnectError("down", Code.Unavailable);
    }));
    expect(box.items.get()).toHaveLength(1);
    expect(box.items.get()[0]?.refused).toBeUndefined();
  });

  it("says why something was refused, and does not send it again", async () => {
    const box = new Outbox();
    box.keepReport(request);
    let tries = 0;
    const refusing = serverThat(() => {
      tries += 1;
      throw new ConnectError("unknown category", Code.InvalidArgument);
    });
    await box.flush(refusing);
    await box.flush(refusing);
    expect(tries).toBe(1);
    expect(box.items.get()[0]?.refused).toBe("unknown category");
  });
});
