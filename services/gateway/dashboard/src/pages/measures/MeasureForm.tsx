import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Alert, Button, NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { failureOf } from "../../api/errors";
import { useMeasureCommand, type WeekNumber } from "../../api/queries/weeks";
import { MeasureSchema, MeasureStatus, MeasureType } from "../../gen/vaka/est/v1/types_pb";
import { useFormats, useWords } from "../../i18n";
import { CheckedText } from "../../parts/CheckedText";
import { useNames } from "../../parts/names";
import { Failed } from "../../parts/States";
import { weekOf } from "../../parts/weeks";

interface Draft {
  statement: string;
  district: string;
  category: string;
  title: string;
  type: MeasureType;
  owner: string;
  ownerFunction: string;
  place: string;
  due: string;
  expected: string;
}

/** A new measure. The problem is asked first, for a measure without one is not a measure. */
export function MeasureForm({ week, district, category, onClose }: {
  week: WeekNumber | null;
  district: string;
  category: string;
  onClose: () => void;
}) {
  const { measures, common } = useWords();
  const { form } = measures;
  const f = useFormats();
  const names = useNames();
  const [asked, setAsked] = useState(false);
  const [draft, setDraft] = useState<Draft>({
    statement: "", district, category, title: "", type: MeasureType.SITUATIONAL, owner: "", ownerFunction: "", place: "", due: "", expected: "",
  });
  const set = (part: Partial<Draft>) => setDraft((now) => ({ ...now, ...part }));
  const save = useMeasureCommand((est, _input: void, idempotencyKey) =>
    est.decideMeasure({
      idempotencyKey,
      measure: create(MeasureSchema, {
        title: draft.title.trim(),
        type: draft.type,
        status: MeasureStatus.DECIDED,
        ownerAgency: draft.owner,
        ownerFunction: draft.ownerFunction.trim(),
        place: draft.place.trim(),
        start: timestampFromDate(new Date()),
        due: timestampFromDate(new Date(`${draft.due}T12:00`)),
        expectedEffect: draft.expected.trim(),
        problem: {
          week: week ?? weekOf(new Date(), f.zone),
          district: draft.district,
          category: draft.category,
          statement: draft.statement.trim(),
        },
      }),
    }),
  );
  const wrong = (bad: boolean, text: string) => (asked && bad ? text : undefined);
  const problems = [
    draft.statement.trim() === "" ? form.problemMissing : "",
    draft.district === "" ? form.districtMissing : "",
    draft.category === "" ? form.categoryMissing : "",
    draft.title.trim() === "" ? form.nameMissing : "",
    draft.owner === "" ? form.ownerMissing : "",
    draft.due === "" ? form.dueMissing : "",
  ].filter((problem) => problem !== "");
  const hits = save.isError ? (failureOf(save.error).info?.hits ?? []) : [];
  return (
    <form
      className="card stack-l no-print"
      style={{ marginBottom: 20 }}
      noValidate
      aria-labelledby="measure-form"
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (problems.length === 0) save.mutate(undefined, { onSuccess: onClose });
      }}
    >
      <h2 id="measure-form">{form.title}</h2>
      {asked && problems.length > 0 && (
        <Alert role="alert" color="red" variant="light" title={common.states.wrongInputTitle} styles={{ title: { color: "#7a0916" }, message: { color: "var(--ink)" } }}>
          <ul style={{ margin: 0, paddingLeft: 20 }}>{problems.map((problem) => <li key={problem}>{problem}</li>)}</ul>
        </Alert>
      )}
      {save.isError && <Failed error={save.error} />}
      <CheckedText label={form.problem} help={form.problemHelp} rows={2} required value={draft.statement} refused={hits} error={wrong(draft.statement.trim() === "", form.problemMissing)} onChange={(statement) => set({ statement })} />
      <div className="grid-2">
        <NativeSelect label={form.district} required value={draft.district} error={wrong(draft.district === "", form.districtMissing)} data={[{ value: "", label: "–" }, ...names.districts.map(({ id, name }) => ({ value: id, label: name }))]} onChange={(event) => set({ district: event.currentTarget.value })} />
        <NativeSelect label={form.category} required value={draft.category} error={wrong(draft.category === "", form.categoryMissing)} data={[{ value: "", label: "–" }, ...(names.config?.categories ?? []).map(({ id }) => ({ value: id, label: names.category(id) }))]} onChange={(event) => set({ category: event.currentTarget.value })} />
        <TextInput label={form.name} required value={draft.title} error={wrong(draft.title.trim() === "", form.nameMissing)} onChange={(event) => set({ title: event.currentTarget.value })} />
        <NativeSelect label={form.type} value={String(draft.type)} data={[1, 2, 3, 4, 5].map((type) => ({ value: String(type), label: measures.types[type] ?? "" }))} onChange={(event) => set({ type: Number(event.currentTarget.value) as MeasureType })} />
        <NativeSelect label={form.owner} required value={draft.owner} error={wrong(draft.owner === "", form.ownerMissing)} data={[{ value: "", label: "–" }, ...(names.config?.agencies ?? []).map(({ id, name }) => ({ value: id, label: name }))]} onChange={(event) => set({ owner: event.currentTarget.value })} />
        <TextInput label={form.ownerFunction} value={draft.ownerFunction} onChange={(event) => set({ ownerFunction: event.currentTarget.value })} />
        <TextInput label={form.place} value={draft.place} onChange={(event) => set({ place: event.currentTarget.value })} />
        <TextInput type="date" label={form.due} required value={draft.due} error={wrong(draft.due === "", form.dueMissing)} onChange={(event) => set({ due: event.currentTarget.value })} />
      </div>
      <TextInput label={form.expected} value={draft.expected} onChange={(event) => set({ expected: event.currentTarget.value })} />
      <div className="row">
        <Button type="submit" loading={save.isPending}>{form.save}</Button>
        <Button variant="default" onClick={onClose}>{common.actions.cancel}</Button>
      </div>
    </form>
  );
}
