import { create } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Alert, Button } from "@mantine/core";
import { useClients } from "../../api/clients";
import { newKey } from "../../api/keys";
import { useCommand } from "../../api/queries/keys";
import { outbox } from "../../api/outbox";
import { worthKeeping } from "../../api/errors";
import { useIdentity } from "../../api/session";
import { CheckInRequestSchema, type ShiftView } from "../../gen/vaka/dispatch/v1/dispatch_service_pb";
import { useFormats, useWords } from "../../i18n";
import { useNow } from "../../parts/clock";
import { Failed } from "../../parts/States";

/** "All is well", about every ninety minutes. Kept and sent later when there is no contact. */
export function CheckInButton({ shift }: { shift: ShiftView }) {
  const { patrol, common } = useWords();
  const f = useFormats();
  const now = useNow(5000);
  const { kommun } = useIdentity();
  const { dispatch } = useClients();
  const checkIn = useCommand(["shifts"], async () => {
    const request = create(CheckInRequestSchema, { kommun, shift: shift.id, idempotencyKey: newKey() });
    try {
      return await dispatch.checkIn(request);
    } catch (error) {
      if (!worthKeeping(error)) throw error;
      outbox.keepCheckIn(request);
      return { seq: 0n };
    }
  });
  const due = shift.checkInDue === undefined ? null : timestampDate(shift.checkInDue).getTime();
  const late = shift.checkInMissed || (due !== null && due < now);
  return (
    <div className="stack">
      {late && <Alert role="alert" color="red" variant="light" title={patrol.checkInLate} styles={{ title: { color: "#7a0916", fontSize: "1.25rem" } }} />}
      {checkIn.isError && <Failed error={checkIn.error} />}
      <Button size="xl" variant={late ? "filled" : "light"} loading={checkIn.isPending} onClick={() => checkIn.mutate(undefined)}>{patrol.checkIn}</Button>
      <p role="status" className="muted" style={{ margin: 0 }}>
        {checkIn.isSuccess && `${patrol.checkedIn} `}
        {due !== null && patrol.checkInDue(due > now ? common.units.in(f.span(due - now)) : f.time(due))}
      </p>
    </div>
  );
}
