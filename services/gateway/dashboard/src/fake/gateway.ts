import { create } from "@bufbuild/protobuf";
import { timestampFromDate, timestampNow } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport, type ConnectRouter, type Transport } from "@connectrpc/connect";
import { asSession } from "../api/clients";
import type { ShiftView } from "../gen/vaka/dispatch/v1/dispatch_service_pb";
import type { GetWeekResponse, MeasureView } from "../gen/vaka/est/v1/est_service_pb";
import { EventSchema, type Event } from "../gen/vaka/event/v1/event_pb";
import { WatchResponseSchema, type WatchResponse } from "../gen/vaka/gateway/v1/gateway_service_pb";
import type { IncidentView, ReportRequest } from "../gen/vaka/intake/v1/intake_service_pb";
import { AlertRaisedSchema } from "../gen/vaka/notifications/v1/events_pb";
import { IncidentReportedSchema } from "../gen/vaka/intake/v1/events_pb";
import type { AreaView } from "../gen/vaka/registry/v1/registry_service_pb";
import { countReach, madeAlert, type MadeAlert } from "./alerts";
import { madeIncidents } from "./incidents";
import { madeAreas, madeConfig } from "./municipality";
import { serveDispatch } from "./serve_dispatch";
import { serveEst } from "./serve_est";
import { serveIntake } from "./serve_intake";
import { serveNotifications } from "./serve_notifications";
import { serveRegistry } from "./serve_registry";
import { serveSession } from "./serve_session";
import { madeShift } from "./shift";
import { madeMeasures, madeWeek } from "./week";

/**
 * A made-up gateway inside the page: answers every rpc that the pages use from a small municipality in memory, and
 * keeps what is sent to it. For tests and for looking at pages; it knows nothing of the real rules.
 */
export class FakeGateway {
  readonly config = madeConfig();
  readonly areas: AreaView[];
  readonly incidents: IncidentView[];
  readonly alerts: MadeAlert[] = [];
  readonly measures: MeasureView[];
  readonly weeks = new Map<string, GetWeekResponse>();
  readonly reports: ReportRequest[] = [];
  shift: ShiftView | null;
  seq = 64n;
  /** Set to make every call fail as if the network were gone. */
  unreachable = false;
  private readonly listeners = new Set<(item: WatchResponse) => void>();

  constructor(readonly now: number = Date.now(), { empty = false }: { empty?: boolean } = {}) {
    this.areas = empty ? [] : madeAreas(now);
    this.incidents = empty ? [] : madeIncidents(this.config, this.areas, now);
    this.measures = empty ? [] : madeMeasures(now);
    this.shift = empty ? null : madeShift(this.areas, this.incidents, now);
    if (!empty) this.makeAlerts();
  }

  transport(): Transport {
    return createRouterTransport((router) => this.serve(router), {
      transport: {
        interceptors: [
          asSession,
          (next) => (request) => {
            if (this.unreachable) throw new ConnectError("no contact", Code.Unavailable);
            return next(request);
          },
        ],
      },
    });
  }

  week(of: { year: number; week: number }): GetWeekResponse {
    const key = `${of.year}-${of.week}`;
    const made = this.weeks.get(key) ?? madeWeek(this.config, of, this.now);
    this.weeks.set(key, made);
    return made;
  }

  next(): bigint {
    this.seq += 1n;
    return this.seq;
  }

  /** Adds an incident as if somebody had just reported it, and says so on the live stream. */
  addIncident(view: IncidentView): void {
    this.incidents.unshift(view);
    this.tell({ case: "incidentReported", value: create(IncidentReportedSchema, view.incident === undefined ? {} : { incident: view.incident }) });
  }

  addAlert(made: MadeAlert): void {
    this.alerts.unshift(made);
    this.tell({ case: "alertRaised", value: create(AlertRaisedSchema, made.view.alert === undefined ? {} : { alert: made.view.alert }) });
  }

  recount(made: MadeAlert): void {
    countReach(made, this.areas);
  }

  tell(fact: Event["fact"]): void {
    const event = create(EventSchema, { seq: this.next(), fact, recordedAt: timestampNow() });
    this.emit(create(WatchResponseSchema, { item: { case: "event", value: event } }));
  }

  tellDelivery(fact: Event["fact"]): void {
    const event = create(EventSchema, { fact, recordedAt: timestampNow() });
    this.emit(create(WatchResponseSchema, { item: { case: "delivery", value: event } }));
  }

  async *watch(signal: AbortSignal): AsyncGenerator<WatchResponse> {
    const waiting: WatchResponse[] = [this.beat()];
    let wake: () => void = () => undefined;
    const listener = (item: WatchResponse) => {
      waiting.push(item);
      wake();
    };
    const timer = setInterval(() => listener(this.beat()), 3000);
    this.listeners.add(listener);
    signal.addEventListener("abort", () => wake());
    try {
      while (!signal.aborted) {
        const item = waiting.shift();
        if (item !== undefined) yield item;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      clearInterval(timer);
      this.listeners.delete(listener);
    }
  }

  private beat(): WatchResponse {
    return create(WatchResponseSchema, { item: { case: "beat", value: { seq: this.seq, at: timestampFromDate(new Date()) } } });
  }

  private emit(item: WatchResponse): void {
    for (const listener of this.listeners) listener(item);
  }

  private makeAlerts(): void {
    const about = this.incidents.filter(({ incident }) => (incident?.where?.area ?? "") !== "").slice(0, 3);
    about.forEach((view, n) => {
      const district = view.incident!.where!.district;
      const areas = this.areas.filter(({ area }) => area!.district === district).slice(0, 5);
      this.alerts.push(madeAlert(`alert-${9 - n}`, areas, view, "", this.now - (n * 190 + 12) * 60_000, [0.35, 0.8, 0.95][n]!));
    });
    const wide = this.areas.filter(({ area }) => ["alby", "fittja"].includes(area!.district));
    this.alerts.push(madeAlert("alert-5", wide, null, "Töm bilen själv inför helgen. Säg det gärna till grannarna.", this.now - 26 * 3_600_000, 0.7));
  }

  private serve(router: ConnectRouter): void {
    serveSession(router, this);
    serveRegistry(router, this);
    serveIntake(router, this);
    serveNotifications(router, this);
    serveDispatch(router, this);
    serveEst(router, this);
  }
}
