import { Button } from "@mantine/core";
import { useMemo, useState } from "react";
import { useMay } from "../../api/access";
import { useIncidents } from "../../api/queries/incidents";
import { useAreas } from "../../api/queries/registry";
import { mainRole, useIdentity } from "../../api/session";
import { useStore } from "../../api/store";
import { IntakeService } from "../../gen/vaka/intake/v1/intake_service_pb";
import { Role } from "../../gen/vaka/options/v1/options_pb";
import { useWords } from "../../i18n";
import { freshStore } from "../../live/fresh";
import { centreOf, drawnAsPoint, lngLat, type LngLat } from "../../parts/map/geo";
import type { Arrived } from "../../parts/map/markers";
import { MapView } from "../../parts/map/MapView";
import { useNames } from "../../parts/names";
import { Page } from "../../parts/Page";
import { go, usePlace } from "../../parts/router";
import { Empty, Loaded } from "../../parts/States";
import "../../styles/situation.css";
import { AreaPanel } from "./AreaPanel";
import { FilterBar, type Filter } from "./FilterBar";
import { IncidentPanel } from "./IncidentPanel";
import { IncidentList } from "./IncidentList";
import { Legend } from "./Legend";
import { WeekStrip } from "./WeekStrip";

const FIRST: Filter = { days: 7, district: "", group: "", minSeverity: 0 };

/** Map and list as one view: the same incidents, the same filter, and what is chosen in one shows in the other. */
export default function SituationPage() {
  const { map, report } = useWords();
  const names = useNames();
  const may = useMay();
  const role = mainRole(useIdentity());
  const { query: address } = usePlace();
  const [filter, setFilter] = useState(FIRST);
  const [area, setArea] = useState("");
  const [whole, setWhole] = useState(0);
  const fresh = useStore(freshStore);
  const areas = useAreas();
  const query = useIncidents({ days: filter.days, district: filter.district, minSeverity: filter.minSeverity, own: false });

  const inFilter = useMemo(() => {
    const all = (query.data?.incidents ?? []).filter(({ withdrawn, incident }) => !withdrawn && incident !== undefined);
    if (filter.group === "") return all;
    return all.filter(({ incident }) => names.categoryOf(incident!.category)?.group === filter.group);
  }, [query.data, filter.group, names]);
  const shown = useMemo(
    () => (area === "" ? inFilter : inFilter.filter(({ incident }) => incident?.where?.area === area)),
    [inFilter, area],
  );

  const chosenId = address.get("visa") ?? "";
  const chosen = inFilter.find(({ incident }) => incident?.id === chosenId);
  const choose = (incident: string) => go(incident === "" ? "/laget" : `/laget?visa=${encodeURIComponent(incident)}`, true);
  const areaView = areas.data?.find((view) => view.area?.id === area);

  const focus = useMemo<LngLat | null>(() => {
    if (chosen !== undefined && drawnAsPoint(chosen)) return lngLat(chosen.incident!.where!.point!);
    const inArea = areas.data?.find((view) => view.area?.id === (chosen?.incident?.where?.area || area));
    if (inArea !== undefined) return centreOf(inArea.area?.polygon);
    const district = names.districts.find(({ id }) => id === (chosen?.incident?.where?.district || filter.district));
    return district?.centre === undefined ? null : lngLat(district.centre);
  }, [chosen, area, areas.data, filter.district, names.districts]);

  const pulses = useMemo(() => {
    const points = new Map<string, Arrived>();
    for (const view of inFilter) {
      if (!fresh.has(view.incident!.id)) continue;
      const where = view.incident!.where;
      const home = areas.data?.find((one) => one.area?.id === where?.area)?.area?.polygon;
      const district = names.districts.find(({ id }) => id === where?.district)?.centre;
      const exact = drawnAsPoint(view);
      const at = exact ? lngLat(where!.point!) : (centreOf(home) ?? (district && lngLat(district)));
      if (at) points.set(view.incident!.id, { at, severity: exact ? view.incident!.severity : null });
    }
    return points;
  }, [inFilter, fresh, areas.data, names.districts]);

  return (
    <Page
      title={map.title}
      actions={may(IntakeService.method.report) && <Button onClick={() => go("/rapportera")}>{report.title}</Button>}
    >
      {(role === Role.COORDINATOR || role === Role.ANALYST) && <WeekStrip />}
      <FilterBar filter={filter} onChange={(next) => { setFilter(next); setArea(""); }} />
      <div className="situation">
        <div className="situation-map">
          <MapView
            label={map.mapLabel}
            outline={names.config?.outline}
            districts={names.districts}
            areas={areas.data ?? []}
            incidents={inFilter}
            chosenIncident={chosenId}
            chosenArea={chosen?.incident?.where?.area || area}
            focus={focus}
            fresh={pulses}
            whole={whole}
            onIncident={choose}
            onArea={(id) => { setArea(id); choose(""); }}
          />
          <div className="row between" style={{ marginTop: 8 }}>
            <Legend />
            <Button variant="default" onClick={() => { setArea(""); choose(""); setWhole(whole + 1); }}>{map.zoomOut}</Button>
          </div>
        </div>
        <div className="stack">
          {chosen !== undefined && <IncidentPanel view={chosen} onClose={() => choose("")} />}
          {chosen === undefined && areaView !== undefined && (
            <AreaPanel view={areaView} incidents={shown.length} onClose={() => setArea("")} />
          )}
          <section aria-labelledby="incident-list" className="stack">
            <div className="row between">
              <h2 id="incident-list">{map.list}</h2>
              <span role="status" className="muted num">{query.data === undefined ? "" : map.count(shown.length)}</span>
            </div>
            <Loaded query={query} lines={6}>
              {() =>
                shown.length === 0 ? (
                  <Empty title={map.empty} help={map.emptyHelp} />
                ) : (
                  <IncidentList incidents={shown} chosen={chosenId} fresh={fresh} onChoose={choose} />
                )
              }
            </Loaded>
          </section>
        </div>
      </div>
    </Page>
  );
}
