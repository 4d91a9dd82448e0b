import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { useShiftCommand } from "../../api/queries/shifts";
import { useWords } from "../../i18n";
import { Failed } from "../../parts/States";

/** Today at "08:30" by the clock of this device, which stands in the municipality. */
function todayAt(time: string): Date {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  const at = new Date();
  at.setHours(hour, minute, 0, 0);
  return at;
}

export function OpenShift() {
  const { patrol } = useWords();
  const [car, setCar] = useState(patrol.officer.carDefault);
  const [starts, setStarts] = useState("08:30");
  const [ends, setEnds] = useState("15:00");
  const open = useShiftCommand((dispatch, _input: void, idempotencyKey) =>
    dispatch.openShift({
      car: car.trim(),
      starts: timestampFromDate(todayAt(starts)),
      ends: timestampFromDate(todayAt(ends)),
      idempotencyKey,
    }),
  );
  return (
    <form className="card stack" onSubmit={(event) => { event.preventDefault(); open.mutate(); }}>
      <h2>{patrol.officer.open}</h2>
      {open.isError && <Failed error={open.error} />}
      <TextInput label={patrol.officer.carName} value={car} maxLength={60} onChange={(event) => setCar(event.currentTarget.value)} />
      <div className="row">
        <TextInput className="grow" type="time" label={patrol.officer.starts} value={starts} onChange={(event) => setStarts(event.currentTarget.value)} />
        <TextInput className="grow" type="time" label={patrol.officer.ends} value={ends} onChange={(event) => setEnds(event.currentTarget.value)} />
      </div>
      <Button type="submit" loading={open.isPending}>{patrol.officer.open}</Button>
    </form>
  );
}
