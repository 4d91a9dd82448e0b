import { Button, Checkbox } from "@mantine/core";
import { useState } from "react";
import { useMay } from "../../api/access";
import { useMeasures } from "../../api/queries/weeks";
import { EstService } from "../../gen/vaka/est/v1/est_service_pb";
import { useWords } from "../../i18n";
import { Page } from "../../parts/Page";
import { go, usePlace } from "../../parts/router";
import { Empty, Loaded } from "../../parts/States";
import { readWeek } from "../../parts/weeks";
import { MeasureCard } from "./MeasureCard";
import { MeasureForm } from "./MeasureForm";

/** What the group has decided to do about which problem, by when – what is late stands first. */
export default function MeasuresPage() {
  const { measures } = useWords();
  const may = useMay();
  const { query: address } = usePlace();
  const [openOnly, setOpenOnly] = useState(false);
  const query = useMeasures(openOnly);
  const writing = address.has("ny") && may(EstService.method.decideMeasure);
  const write = () => go("/insatser?ny");
  return (
    <Page
      title={measures.title}
      actions={may(EstService.method.decideMeasure) && !writing && <Button onClick={write}>{measures.new}</Button>}
    >
      {writing && (
        <MeasureForm
          week={readWeek(address.get("vecka") ?? undefined)}
          district={address.get("stadsdel") ?? ""}
          category={address.get("vad") ?? ""}
          onClose={() => go("/insatser", true)}
        />
      )}
      <Loaded query={query}>
        {(views) => {
          const late = views.filter(({ overdue }) => overdue).length;
          const sorted = [...views].sort((a, b) => Number(b.overdue) - Number(a.overdue) || (a.measure?.status ?? 0) - (b.measure?.status ?? 0));
          return (
            <div className="stack-l">
              <div className="row between">
                <p role="status" style={{ margin: 0 }}>{late > 0 && <strong>{measures.overdueCount(late)}</strong>}</p>
                <Checkbox label={measures.openOnly} checked={openOnly} onChange={(event) => setOpenOnly(event.currentTarget.checked)} />
              </div>
              {sorted.length === 0 ? (
                <Empty title={measures.empty} help={measures.emptyHelp}>
                  {may(EstService.method.decideMeasure) && !writing && <Button onClick={write}>{measures.new}</Button>}
                </Empty>
              ) : (
                <ul className="plain grid-2">
                  {sorted.map((view) => <li key={view.measure!.id}><MeasureCard view={view} /></li>)}
                </ul>
              )}
            </div>
          );
        }}
      </Loaded>
    </Page>
  );
}
