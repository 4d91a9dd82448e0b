import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Button } from "@mantine/core";
import { useIncidents } from "../../api/queries/incidents";
import { useShiftCommand } from "../../api/queries/shifts";
import type { DispatchView } from "../../gen/vaka/dispatch/v1/dispatch_service_pb";
import { DispatchAnswer } from "../../gen/vaka/dispatch/v1/types_pb";
import { useFormats, useWords } from "../../i18n";
import { useNow } from "../../parts/clock";
import { useNames } from "../../parts/names";
import { Failed } from "../../parts/States";

/** A fresh incident sent to the car: what, where, how long there is to answer, and two large answers. */
export function DispatchCard({ shift, dispatch }: { shift: string; dispatch: DispatchView }) {
  const { patrol } = useWords();
  const f = useFormats();
  const names = useNames();
  const now = useNow(1000);
  const recent = useIncidents({ days: 2, district: "", minSeverity: 0, own: false });
  const answer = useShiftCommand((client, given: DispatchAnswer, idempotencyKey) =>
    client.answerDispatch({ shift, dispatch: dispatch.id, answer: given, idempotencyKey }),
  );
  const incident = recent.data?.incidents.find((view) => view.incident?.id === dispatch.incident)?.incident;
  const left = dispatch.answerBy === undefined ? 0 : Math.max(0, timestampDate(dispatch.answerBy).getTime() - now);
  const place =
    incident === undefined
      ? [dispatch.stop?.area ? names.area(dispatch.stop.area) : "", names.district(dispatch.stop?.district ?? "")].filter((part) => part !== "").join(", ")
      : names.place(incident.where);
  return (
    <section className="card dispatch stack" role="alert" aria-labelledby={`dispatch-${dispatch.id}`}>
      <h2 id={`dispatch-${dispatch.id}`}>{patrol.dispatch.title}</h2>
      <p style={{ margin: 0, fontSize: "1.375rem" }}>
        <strong>{incident === undefined ? dispatch.stop?.why : names.category(incident.category)}</strong>
        <br />
        {place}
      </p>
      <p className="num" style={{ margin: 0 }} aria-live="off">
        {left > 0 ? patrol.dispatch.left(left >= 60_000 ? `${Math.floor(left / 60_000)}.${String(Math.floor((left % 60_000) / 1000)).padStart(2, "0")} min` : f.span(left)) : patrol.dispatch.timedOut}
      </p>
      {answer.isError && <Failed error={answer.error} />}
      <div className="row patrol-answers">
        <Button size="xl" loading={answer.isPending} disabled={left === 0} onClick={() => answer.mutate(DispatchAnswer.ACCEPTED)}>{patrol.dispatch.accept}</Button>
        <Button size="xl" variant="default" disabled={left === 0 || answer.isPending} onClick={() => answer.mutate(DispatchAnswer.DECLINED)}>{patrol.dispatch.decline}</Button>
      </div>
    </section>
  );
}
