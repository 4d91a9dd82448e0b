import { CloseButton } from "@mantine/core";
import type { AreaView } from "../../gen/vaka/registry/v1/registry_service_pb";
import { useWords } from "../../i18n";
import { useNames } from "../../parts/names";

export function AreaPanel({ view, incidents, onClose }: { view: AreaView; incidents: number; onClose: () => void }) {
  const { areas, common, map } = useWords();
  const names = useNames();
  const households = view.area?.households.reduce((sum, { households: n }) => sum + n, 0) ?? 0;
  return (
    <section className="card" aria-labelledby="chosen-area">
      <div className="row between" style={{ flexWrap: "nowrap", alignItems: "start" }}>
        <h2 id="chosen-area">{view.area?.name}</h2>
        <CloseButton aria-label={common.actions.close} onClick={onClose} />
      </div>
      <p style={{ margin: "4px 0 0" }}>
        {[
          names.district(view.area?.district ?? ""),
          areas.stages[view.stage],
          map.area.households(households),
          map.area.contacts(view.contactPersons),
          map.area.incidents(incidents),
        ].join(" · ")}
      </p>
    </section>
  );
}
