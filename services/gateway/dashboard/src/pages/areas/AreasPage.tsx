import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useAreas } from "../../api/queries/registry";
import type { AreaView } from "../../gen/vaka/registry/v1/registry_service_pb";
import { useWords } from "../../i18n";
import { useNames } from "../../parts/names";
import { Page } from "../../parts/Page";
import { Empty, Loaded } from "../../parts/States";
import { AreaCard } from "./AreaCard";
import { Coverage } from "./Coverage";

const PIECE = 24;

/** The watch areas with stage, people and how they are doing; and how much of the municipality they cover. */
export default function AreasPage() {
  const { areas } = useWords();
  const query = useAreas();
  return (
    <Page title={areas.title}>
      <div className="stack-l">
        <Coverage />
        <Loaded query={query} lines={6}>
          {(views) => (views.length === 0 ? <Empty title={areas.empty} help={areas.emptyHelp} /> : <AreaList views={views} />)}
        </Loaded>
      </div>
    </Page>
  );
}

function AreaList({ views }: { views: readonly AreaView[] }) {
  const { areas, common, map } = useWords();
  const names = useNames();
  const [word, setWord] = useState("");
  const [district, setDistrict] = useState("");
  const [stage, setStage] = useState("0");
  const [many, setMany] = useState(PIECE);
  const shown = useMemo(() => {
    const wanted = word.trim().toLocaleLowerCase("sv");
    return views
      .filter(({ area, stage: at }) =>
        (district === "" || area?.district === district) &&
        (stage === "0" || String(at) === stage) &&
        (wanted === "" || (area?.name ?? "").toLocaleLowerCase("sv").includes(wanted)))
      .sort((a, b) => (a.area?.name ?? "").localeCompare(b.area?.name ?? "", "sv"));
  }, [views, word, district, stage]);
  return (
    <section className="stack" aria-labelledby="area-list">
      <div className="row between">
        <h2 id="area-list">{areas.title}</h2>
        <span role="status" className="muted num">{areas.count(shown.length)}</span>
      </div>
      <div className="grid-3">
        <TextInput label={areas.search} value={word} onChange={(event) => setWord(event.currentTarget.value)} />
        <NativeSelect label={map.district} value={district} data={[{ value: "", label: common.wholeMunicipality }, ...names.districts.map(({ id, name }) => ({ value: id, label: name }))]} onChange={(event) => setDistrict(event.currentTarget.value)} />
        <NativeSelect label={areas.stage} value={stage} data={[{ value: "0", label: common.actions.all }, ...[1, 2, 3, 4, 5, 6, 7].map((n) => ({ value: String(n), label: areas.stages[n] ?? "" }))]} onChange={(event) => setStage(event.currentTarget.value)} />
      </div>
      {shown.length === 0 ? (
        <p className="muted">{areas.searchEmpty}</p>
      ) : (
        <ul className="plain grid-3">
          {shown.slice(0, many).map((view) => <li key={view.area!.id}><AreaCard view={view} /></li>)}
        </ul>
      )}
      {shown.length > many && <Button variant="default" onClick={() => setMany(many + 60)}>{areas.more(Math.min(60, shown.length - many))}</Button>}
    </section>
  );
}
