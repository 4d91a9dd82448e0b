import { fromJson, toJson, type JsonValue } from "@bufbuild/protobuf";
import {
  CheckInRequestSchema,
  CompleteStopRequestSchema,
  SkipStopRequestSchema,
  type CheckInRequest,
  type CompleteStopRequest,
  type SkipStopRequest,
} from "../gen/vaka/dispatch/v1/dispatch_service_pb";
import { ReportRequestSchema, type ReportRequest } from "../gen/vaka/intake/v1/intake_service_pb";
import type { Clients } from "./clients";
import { failureOf, worthKeeping } from "./errors";
import { seen } from "./seen";
import { kept, Store } from "./store";

/** A command that could not be sent. Its request holds its idempotency key: sent twice, it happens once. */
export interface Waiting {
  kind: "report" | "completeStop" | "skipStop" | "checkIn";
  key: string;
  request: JsonValue;
  at: number;
  /** Set when the server said no: it is not tried again, and the person is told why. */
  refused?: string;
}

const NAME = "vaka.outbox";

/** Commands kept on this device until there is a connection. Survives a reload and a closed browser. */
export class Outbox {
  readonly items = new Store<readonly Waiting[]>(kept.read<Waiting[]>(NAME, []));
  private sending = false;

  keepReport(request: ReportRequest): void {
    this.keep("report", request.idempotencyKey, toJson(ReportRequestSchema, request));
  }

  keepCompletedStop(request: CompleteStopRequest): void {
    this.keep("completeStop", request.idempotencyKey, toJson(CompleteStopRequestSchema, request));
  }

  keepSkippedStop(request: SkipStopRequest): void {
    this.keep("skipStop", request.idempotencyKey, toJson(SkipStopRequestSchema, request));
  }

  keepCheckIn(request: CheckInRequest): void {
    this.keep("checkIn", request.idempotencyKey, toJson(CheckInRequestSchema, request));
  }

  forget(key: string): void {
    this.change(this.items.get().filter((item) => item.key !== key));
  }

  /** Sends what waits, oldest first. Stops at the first that cannot be sent yet. Returns how many were sent. */
  async flush(clients: Clients): Promise<number> {
    if (this.sending) return 0;
    this.sending = true;
    let sent = 0;
    try {
      for (const item of this.items.get().filter(({ refused }) => refused === undefined)) {
        try {
          const { seq } = await send(clients, item);
          seen.note(seq);
          sent += 1;
          this.forget(item.key);
        } catch (error) {
          if (worthKeeping(error) || failureOf(error).trouble === "signed_out") break;
          this.refuse(item.key, failureOf(error).message);
        }
      }
    } finally {
      this.sending = false;
    }
    return sent;
  }

  private keep(kind: Waiting["kind"], key: string, request: JsonValue): void {
    if (this.items.get().some((item) => item.key === key)) return;
    this.change([...this.items.get(), { kind, key, request, at: Date.now() }]);
  }

  private refuse(key: string, refused: string): void {
    this.change(this.items.get().map((item) => (item.key === key ? { ...item, refused } : item)));
  }

  private change(items: readonly Waiting[]): void {
    kept.write(NAME, items);
    this.items.set(items);
  }
}

function send(clients: Clients, item: Waiting): Promise<{ seq: bigint }> {
  switch (item.kind) {
    case "report":
      return clients.intake.report(fromJson(ReportRequestSchema, item.request));
    case "completeStop":
      return clients.dispatch.completeStop(fromJson(CompleteStopRequestSchema, item.request));
    case "skipStop":
      return clients.dispatch.skipStop(fromJson(SkipStopRequestSchema, item.request));
    case "checkIn":
      return clients.dispatch.checkIn(fromJson(CheckInRequestSchema, item.request));
  }
}

export const outbox = new Outbox();
