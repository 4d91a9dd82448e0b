import { create } from "@bufbuild/protobuf";
import { Button, Textarea } from "@mantine/core";
import { useState } from "react";
import { useClients } from "../../api/clients";
import { worthKeeping } from "../../api/errors";
import { newKey } from "../../api/keys";
import { outbox } from "../../api/outbox";
import { useCommand } from "../../api/queries/keys";
import { useAreas, useContact } from "../../api/queries/registry";
import { useIdentity } from "../../api/session";
import { CompleteStopRequestSchema, SkipStopRequestSchema, type ShiftView } from "../../gen/vaka/dispatch/v1/dispatch_service_pb";
import type { Stop } from "../../gen/vaka/dispatch/v1/types_pb";
import { useWords } from "../../i18n";
import { lngLat } from "../../parts/map/geo";
import { MapView } from "../../parts/map/MapView";
import { useNames } from "../../parts/names";
import { Failed } from "../../parts/States";

/** Where to, why, whom to meet – and done or skipped with a note. */
export function NextStop({ shift, stop }: { shift: ShiftView; stop: Stop }) {
  const { patrol, map } = useWords();
  const names = useNames();
  const areas = useAreas();
  const place = [stop.area === "" ? "" : names.area(stop.area), names.district(stop.district)].filter((part) => part !== "").join(", ");
  const near = areas.data?.filter(({ area }) => area?.district === stop.district) ?? [];
  const order = shift.stops.findIndex(({ id }) => id === stop.id) + 1;
  return (
    <section className="card stack" aria-labelledby="next-stop">
      <p className="muted" style={{ margin: 0 }}>
        {patrol.nextStop} · {patrol.stopOf(order, shift.stops.length)}
        {stop.metresFromPrevious > 0 && ` · ${patrol.metres(stop.metresFromPrevious)}`}
      </p>
      <h2 id="next-stop">{place}</h2>
      <p style={{ margin: 0 }}><strong>{patrol.stopKinds[stop.kind]}.</strong> {stop.why}</p>
      {stop.point !== undefined && (
        <div className="stop-map">
          <MapView
            label={map.mapLabel}
            outline={names.config?.outline}
            districts={names.districts}
            areas={near}
            chosenArea={stop.area}
            route={[{ at: lngLat(stop.point), label: String(order), state: "next" }]}
          />
        </div>
      )}
      {stop.contactPerson !== "" && <ContactPerson person={stop.contactPerson} />}
      <StopAnswer shift={shift.id} stop={stop.id} />
    </section>
  );
}

function ContactPerson({ person }: { person: string }) {
  const { patrol } = useWords();
  const [wanted, setWanted] = useState(false);
  const contact = useContact(person, wanted);
  if (!wanted) {
    return (
      <div>
        <Button variant="default" size="lg" fullWidth onClick={() => setWanted(true)}>{patrol.showContact}</Button>
        <p className="muted" style={{ margin: "4px 0 0", fontSize: "1rem" }}>{patrol.contactRecorded}</p>
      </div>
    );
  }
  if (contact.isError) return <Failed error={contact.error} />;
  if (contact.data === undefined || contact.data === null) return null;
  const { name, phone, address } = contact.data;
  return (
    <div className="stack" role="status">
      <p style={{ margin: 0 }}>
        {patrol.meet} <strong>{name}</strong>
        {address !== "" && <>, {address}</>}
      </p>
      {phone !== "" && <Button component="a" href={`tel:${phone}`} size="lg" variant="light">{patrol.call(name)}</Button>}
    </div>
  );
}

function StopAnswer({ shift, stop }: { shift: string; stop: string }) {
  const { patrol, common } = useWords();
  const { kommun } = useIdentity();
  const { dispatch } = useClients();
  const [note, setNote] = useState("");
  const [skipping, setSkipping] = useState(false);
  const [asked, setAsked] = useState(false);
  const answer = useCommand(["shifts"], async (_clients, done: boolean) => {
    const content = { kommun, shift, stop, note: note.trim(), idempotencyKey: newKey() };
    const completed = create(CompleteStopRequestSchema, content);
    const skipped = create(SkipStopRequestSchema, content);
    try {
      return done ? await dispatch.completeStop(completed) : await dispatch.skipStop(skipped);
    } catch (error) {
      if (!worthKeeping(error)) throw error;
      if (done) outbox.keepCompletedStop(completed);
      else outbox.keepSkippedStop(skipped);
      return { seq: 0n };
    }
  });
  const skip = () => {
    if (!skipping) return setSkipping(true);
    setAsked(true);
    if (note.trim() !== "") answer.mutate(false);
  };
  return (
    <div className="stack">
      {answer.isError && <Failed error={answer.error} />}
      <Textarea
        label={skipping ? patrol.skipWhy : patrol.note}
        description={patrol.noteHelp}
        error={asked && note.trim() === "" ? patrol.skipWhyMissing : undefined}
        autosize
        minRows={1}
        maxLength={1000}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <div className="row patrol-answers">
        {skipping ? (
          <Button size="xl" variant="default" onClick={() => setSkipping(false)}>{common.actions.cancel}</Button>
        ) : (
          <Button size="xl" loading={answer.isPending} onClick={() => answer.mutate(true)}>✓ {patrol.done}</Button>
        )}
        <Button size="xl" variant={skipping ? "filled" : "default"} loading={skipping && answer.isPending} onClick={skip}>{patrol.skip}</Button>
      </div>
    </div>
  );
}
