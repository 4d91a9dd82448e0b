import { Button } from "@mantine/core";
import { useState } from "react";
import { useMay } from "../../api/access";
import { useWeek, type WeekNumber } from "../../api/queries/weeks";
import { mainRole, useIdentity } from "../../api/session";
import { EstService, type GetWeekResponse } from "../../gen/vaka/est/v1/est_service_pb";
import type { Cell } from "../../gen/vaka/est/v1/types_pb";
import { Role } from "../../gen/vaka/options/v1/options_pb";
import { useFormats, useWords } from "../../i18n";
import { SafetyLine } from "../../parts/marks";
import { Page } from "../../parts/Page";
import { go, usePlace } from "../../parts/router";
import { Loaded } from "../../parts/States";
import { readWeek, weeksFrom, writeWeek } from "../../parts/weeks";
import "../../styles/situation.css";
import "../../styles/week.css";
import { AnalystBar } from "./AnalystBar";
import { CellPanel } from "./CellPanel";
import { Completeness } from "./Completeness";
import { ContributionForm } from "./ContributionForm";
import { Contributions } from "./Contributions";
import { Flagged } from "./Flagged";
import { PictureTable } from "./PictureTable";
import { Revisions } from "./Revisions";
import { WeekHead } from "./WeekHead";

const OWN_DISTRICT_FIRST = [Role.SAFETY_REPRESENTATIVE, Role.AREA_MANAGER];

export default function WeekPage() {
  const { week: words, common } = useWords();
  const { parts } = usePlace();
  const week = readWeek(parts[1]);
  const query = useWeek(week);
  return (
    <Page title={words.title} actions={<Button variant="default" onClick={() => window.print()}>{common.actions.print}</Button>}>
      <Loaded query={query} lines={7}>
        {(data) => (data.picture?.week === undefined ? null : <Week key={writeWeek(data.picture.week)} data={data} />)}
      </Loaded>
    </Page>
  );
}

function Picker({ week }: { week: WeekNumber }) {
  const { week: words } = useWords();
  const to = (steps: number) => go(`/veckan/${writeWeek(weeksFrom(week, steps))}`);
  return (
    <nav className="row no-print" aria-label={words.title} style={{ gap: 8 }}>
      <Button variant="default" onClick={() => to(-1)} aria-label={words.previous}>←</Button>
      <Button variant="default" onClick={() => go("/veckan")}>{words.current}</Button>
      <Button variant="default" onClick={() => to(1)} aria-label={words.next}>→</Button>
    </nav>
  );
}

function Week({ data }: { data: GetWeekResponse }) {
  const { week: words } = useWords();
  const f = useFormats();
  const may = useMay();
  const identity = useIdentity();
  const [chosen, setChosen] = useState<Cell | null>(null);
  const picture = data.picture!;
  const week = picture.week!;
  const formFirst = OWN_DISTRICT_FIRST.includes(mainRole(identity));
  const own = formFirst ? identity.district : "";
  const shown = chosen === null ? null : (picture.cells.find((cell) => cell.district === chosen.district && cell.category === chosen.category) ?? chosen);
  const form = may(EstService.method.submitContribution) && <ContributionForm data={data} />;
  return (
    <div className="stack-l">
      <div className="row between">
        <h2 style={{ fontSize: "1.5rem" }}>{words.heading(week.week, week.year)}</h2>
        <Picker week={week} />
      </div>
      <WeekHead data={data} />
      {formFirst && form}
      <div className="week-columns">
        <div className="stack-l">
          <Flagged cells={picture.cells} chance={picture.chanceFlags} onChoose={setChosen} />
          {shown !== null && <CellPanel cell={shown} week={week} onClose={() => setChosen(null)} />}
          <PictureTable cells={picture.cells} district={own} chosen={shown} onChoose={setChosen} />
          <p className="muted" style={{ margin: 0 }}>
            {picture.cutOff !== undefined && words.countsTo(f.weekdayTime(picture.cutOff))} {words.source(picture.method)}
          </p>
        </div>
        <div className="stack-l">
          <Completeness rows={picture.completeness} />
          {may(EstService.method.freezeWeek) && <AnalystBar data={data} />}
          {(picture.published || data.pending.length > 0) && <Revisions data={data} />}
        </div>
      </div>
      {!formFirst && form}
      <Contributions views={data.contributions} />
      <SafetyLine />
    </div>
  );
}
