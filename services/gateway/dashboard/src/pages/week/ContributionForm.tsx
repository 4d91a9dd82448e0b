import { create } from "@bufbuild/protobuf";
import { Alert, Button, NativeSelect, NumberInput } from "@mantine/core";
import { useState } from "react";
import { failureOf } from "../../api/errors";
import { useWeekCommand } from "../../api/queries/weeks";
import { mainRole, useIdentity } from "../../api/session";
import type { GetWeekResponse } from "../../gen/vaka/est/v1/est_service_pb";
import { ContributedCountSchema, type ContributedCount } from "../../gen/vaka/est/v1/types_pb";
import { Role } from "../../gen/vaka/options/v1/options_pb";
import { useWords } from "../../i18n";
import { CheckedText } from "../../parts/CheckedText";
import { useNames } from "../../parts/names";
import { Failed } from "../../parts/States";

const FOR_OTHERS = [Role.COORDINATOR, Role.ANALYST];

/** An agency's part of the week on one page: picture, measures, follow-up, numbers – or "nothing to report". */
export function ContributionForm({ data }: { data: GetWeekResponse }) {
  const { week: words } = useWords();
  const names = useNames();
  const identity = useIdentity();
  const { year, week } = data.picture!.week!;
  const others = FOR_OTHERS.includes(mainRole(identity));
  const [agency, setAgency] = useState(identity.agency || (others ? (names.config?.agencies[0]?.id ?? "") : ""));
  const earlier = data.contributions.find((view) => view.agency === agency);
  const [texts, setTexts] = useState({ picture: earlier?.picture ?? "", measures: earlier?.measures ?? "", followUp: earlier?.followUp ?? "" });
  const [counts, setCounts] = useState<readonly ContributedCount[]>(earlier?.counts ?? []);
  const [asked, setAsked] = useState(false);
  const submit = useWeekCommand((est, nothingToReport: boolean, idempotencyKey) =>
    est.submitContribution({
      week: { year, week }, agency, idempotencyKey, nothingToReport,
      ...(nothingToReport ? {} : { ...texts, counts: [...counts] }),
    }),
  );
  const empty = counts.length === 0 && Object.values(texts).every((text) => text.trim() === "");
  const failure = submit.isError ? failureOf(submit.error) : null;
  const hitsFor = (field: string) => (failure?.info?.field.endsWith(field) ? failure.info.hits : []);
  const send = () => {
    setAsked(true);
    if (!empty) submit.mutate(false);
  };
  return (
    <section className="card no-print" aria-labelledby="contribution">
      <form className="stack-l" noValidate onSubmit={(event) => { event.preventDefault(); send(); }}>
        <div className="row between">
          <div className="grow">
            <h2 id="contribution">{earlier === undefined ? words.contribution.title : words.contribution.titleSent}</h2>
            <p className="muted" style={{ margin: "4px 0 0" }}>{words.contribution.help}</p>
          </div>
          <Button variant="default" loading={submit.isPending} onClick={() => submit.mutate(true)}>{words.contribution.nothing}</Button>
        </div>
        {submit.isSuccess && <p role="status" style={{ margin: 0 }}>✓ {words.contribution.sent}</p>}
        {submit.isError && <Failed error={submit.error} />}
        {asked && empty && <Alert role="alert" color="red" variant="light" title={words.contribution.empty} styles={{ title: { color: "#7a0916" } }} />}
        {others && (
          <NativeSelect
            label={words.contribution.agency}
            value={agency}
            data={(names.config?.agencies ?? []).map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(event) => setAgency(event.currentTarget.value)}
          />
        )}
        <CheckedText label={words.contribution.picture} help="" rows={2} value={texts.picture} refused={hitsFor("picture")} onChange={(picture) => setTexts({ ...texts, picture })} />
        <CheckedText label={words.contribution.measures} help="" rows={2} value={texts.measures} refused={hitsFor("measures")} onChange={(measures) => setTexts({ ...texts, measures })} />
        <CheckedText label={words.contribution.followUp} help="" rows={2} value={texts.followUp} refused={hitsFor("follow_up")} onChange={(followUp) => setTexts({ ...texts, followUp })} />
        <Counts counts={counts} onChange={setCounts} />
        <Button type="submit" loading={submit.isPending}>{words.contribution.submit}</Button>
      </form>
    </section>
  );
}

function Counts({ counts, onChange }: { counts: readonly ContributedCount[]; onChange: (counts: readonly ContributedCount[]) => void }) {
  const { week: words } = useWords();
  const names = useNames();
  const { district } = useIdentity();
  const change = (at: number, part: Partial<ContributedCount>) => onChange(counts.map((row, n) => (n === at ? { ...row, ...part } : row)));
  const first = () =>
    create(ContributedCountSchema, {
      district: district || (names.districts[0]?.id ?? ""),
      category: names.config?.categories[0]?.id ?? "",
      count: 1,
    });
  return (
    <fieldset className="choices stack">
      <legend>{words.contribution.counts}</legend>
      {counts.map((row, n) => (
        <div key={n} className="row" style={{ alignItems: "end" }}>
          <NativeSelect
            className="grow" label={words.contribution.district} value={row.district}
            data={names.districts.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(event) => change(n, { district: event.currentTarget.value })}
          />
          <NativeSelect
            className="grow" label={words.contribution.category} value={row.category}
            data={(names.config?.categories ?? []).map(({ id }) => ({ value: id, label: names.category(id) }))}
            onChange={(event) => change(n, { category: event.currentTarget.value })}
          />
          <NumberInput w={110} label={words.contribution.count} min={1} max={9999} value={row.count} onChange={(count) => change(n, { count: Number(count) || 1 })} />
          <Button variant="default" aria-label={`${words.contribution.removeCount} ${n + 1}`} onClick={() => onChange(counts.filter((_, at) => at !== n))}>×</Button>
        </div>
      ))}
      <div><Button variant="default" onClick={() => onChange([...counts, first()])}>{words.contribution.addCount}</Button></div>
    </fieldset>
  );
}
