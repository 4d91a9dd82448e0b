import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useAreas } from "../../api/queries/registry";
import { useWords } from "../../i18n";
import { contains } from "../../parts/map/geo";
import { MapView } from "../../parts/map/MapView";
import { useNames } from "../../parts/names";
import type { StepProps } from "./ReportForm";

/** A tap on the map, the phone's position, a named place, an area or a district: any one of them is enough. */
export function WhereStep({ draft, change, problems }: StepProps) {
  const { report, map } = useWords();
  const names = useNames();
  const areas = useAreas();
  const { point } = draft;
  const inside = useMemo(
    () => (point === null ? undefined : areas.data?.find(({ area }) => contains(area?.polygon, point))),
    [point, areas.data],
  );
  const choices = useMemo(
    () => [...(areas.data ?? [])].sort((a, b) => (a.area?.name ?? "").localeCompare(b.area?.name ?? "", "sv")),
    [areas.data],
  );
  return (
    <section className="stack-l" aria-labelledby="where-title">
      <div>
        <h2 id="where-title">{report.where.title}</h2>
        <p className="muted" style={{ margin: "4px 0 0" }}>{report.where.tap}</p>
        {problems.where !== undefined && <p className="problem">{problems.where}</p>}
      </div>
      <div className="report-map">
        <MapView
          label={map.mapLabel}
          outline={names.config?.outline}
          districts={names.districts}
          areas={areas.data ?? []}
          chosenArea={inside?.area?.id ?? draft.area}
          point={point}
          focus={draft.fromDevice ? point : null}
          onPoint={(at) => change({ point: at, fromDevice: false, area: "", district: "" })}
        />
      </div>
      <div className="row">
        <MyPosition onPoint={(at) => change({ point: at, fromDevice: true, area: "", district: "" })} />
        {point !== null && (
          <>
            <span role="status">
              {inside === undefined ? report.where.chosenPoint : report.where.chosenIn(inside.area?.name ?? "")}
            </span>
            <Button variant="subtle" onClick={() => change({ point: null })}>{report.where.clear}</Button>
          </>
        )}
      </div>
      <TextInput
        label={report.where.place}
        description={report.where.placeHelp}
        placeholder={report.where.placeExample}
        maxLength={120}
        value={draft.place}
        onChange={(event) => change({ place: event.currentTarget.value })}
      />
      {point === null && (
        <div className="grid-2">
          {choices.length > 0 && (
            <NativeSelect
              label={report.where.area}
              value={draft.area}
              onChange={(event) => change({ area: event.currentTarget.value })}
              data={[
                { value: "", label: report.where.areaNone },
                ...choices.map(({ area }) => ({ value: area!.id, label: `${area!.name}, ${names.district(area!.district)}` })),
              ]}
            />
          )}
          <NativeSelect
            label={report.where.district}
            value={draft.district}
            disabled={draft.area !== ""}
            onChange={(event) => change({ district: event.currentTarget.value })}
            data={[{ value: "", label: "–" }, ...names.districts.map(({ id, name }) => ({ value: id, label: name }))]}
          />
        </div>
      )}
    </section>
  );
}

function MyPosition({ onPoint }: { onPoint: (at: [number, number]) => void }) {
  const { report } = useWords();
  const [state, setState] = useState<"idle" | "waiting" | "failed">("idle");
  const find = () => {
    setState("waiting");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setState("idle");
        onPoint([coords.longitude, coords.latitude]);
      },
      () => setState("failed"),
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 },
    );
  };
  if (!("geolocation" in navigator)) return null;
  return (
    <>
      <Button variant="default" onClick={find} disabled={state === "waiting"}>
        {state === "waiting" ? report.where.mineWaiting : report.where.mine}
      </Button>
      {state === "failed" && <span role="alert">{report.where.mineFailed}</span>}
    </>
  );
}
