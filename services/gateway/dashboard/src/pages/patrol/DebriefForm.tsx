import { create } from "@bufbuild/protobuf";
import { Button, NativeSelect, NumberInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { failureOf } from "../../api/errors";
import { useShiftCommand } from "../../api/queries/shifts";
import { DebriefItemSchema } from "../../gen/vaka/dispatch/v1/types_pb";
import { useWords } from "../../i18n";
import { CheckedText } from "../../parts/CheckedText";
import { useNames } from "../../parts/names";
import { Failed } from "../../parts/States";

interface Row {
  category: string;
  district: string;
  count: number;
  note: string;
  handedTo: string;
}

/** What was seen, done and handed over; becomes the patrol's part of the week's picture. */
export function DebriefForm({ shift }: { shift: string }) {
  const { patrol } = useWords();
  const names = useNames();
  const [rows, setRows] = useState<readonly Row[]>([]);
  const [summary, setSummary] = useState("");
  const [asked, setAsked] = useState(false);
  const debrief = useShiftCommand((dispatch, _input: void, idempotencyKey) =>
    dispatch.debriefShift({
      shift,
      idempotencyKey,
      summary: summary.trim(),
      items: rows.filter(({ category, district }) => category !== "" && district !== "").map((row) => create(DebriefItemSchema, row)),
    }),
  );
  const first: Row = { category: names.config?.categories[0]?.id ?? "", district: names.districts[0]?.id ?? "", count: 1, note: "", handedTo: "" };
  const change = (at: number, part: Partial<Row>) => setRows(rows.map((row, n) => (n === at ? { ...row, ...part } : row)));
  const empty = rows.length === 0 && summary.trim() === "";
  const hits = debrief.isError ? (failureOf(debrief.error).info?.hits ?? []) : [];
  return (
    <form
      className="card stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (!empty) debrief.mutate();
      }}
    >
      <h2>{patrol.debrief.title}</h2>
      <p className="muted" style={{ margin: 0 }}>{patrol.debrief.help}</p>
      {debrief.isError && <Failed error={debrief.error} />}
      {rows.map((row, n) => (
        <fieldset key={n} className="choices card stack">
          <legend className="visually-hidden">{`${patrol.debrief.what} ${n + 1}`}</legend>
          <NativeSelect
            label={patrol.debrief.what}
            value={row.category}
            data={(names.config?.categories ?? []).map(({ id }) => ({ value: id, label: names.category(id) }))}
            onChange={(event) => change(n, { category: event.currentTarget.value })}
          />
          <div className="row" style={{ alignItems: "end" }}>
            <NativeSelect
              className="grow"
              label={patrol.debrief.where}
              value={row.district}
              data={names.districts.map(({ id, name }) => ({ value: id, label: name }))}
              onChange={(event) => change(n, { district: event.currentTarget.value })}
            />
            <NumberInput label={patrol.debrief.count} w={120} min={1} max={999} value={row.count} onChange={(count) => change(n, { count: Number(count) || 1 })} />
          </div>
          <TextInput label={patrol.debrief.note} maxLength={300} value={row.note} onChange={(event) => change(n, { note: event.currentTarget.value })} />
          <NativeSelect
            label={patrol.debrief.handedTo}
            value={row.handedTo}
            data={[{ value: "", label: patrol.debrief.nobody }, ...(names.config?.agencies ?? []).map(({ id, name }) => ({ value: id, label: name }))]}
            onChange={(event) => change(n, { handedTo: event.currentTarget.value })}
          />
          <div><Button variant="default" onClick={() => setRows(rows.filter((_, at) => at !== n))}>{patrol.debrief.remove}</Button></div>
        </fieldset>
      ))}
      <div><Button variant="default" onClick={() => setRows([...rows, first])}>{patrol.debrief.add}</Button></div>
      <CheckedText
        label={patrol.debrief.summary}
        help={patrol.noteHelp}
        value={summary}
        onChange={setSummary}
        refused={hits}
        error={asked && empty ? patrol.debrief.needed : undefined}
      />
      <Button type="submit" loading={debrief.isPending}>{patrol.debrief.submit}</Button>
    </form>
  );
}
