import { Checkbox, Radio, TextInput } from "@mantine/core";
import { ReportedToPolice } from "../../gen/vaka/intake/v1/types_pb";
import type { TextSpan } from "../../gen/vaka/options/v1/options_pb";
import { useWords } from "../../i18n";
import { CheckedText } from "../../parts/CheckedText";
import { Choices } from "../../parts/Choices";
import { useNames } from "../../parts/names";
import type { Draft } from "./draft";
import type { StepProps } from "./ReportForm";

export function DetailsStep({ draft, change, problems, hits }: StepProps & { hits: readonly TextSpan[] }) {
  const { common, map, report } = useWords();
  const names = useNames();
  const usual = names.categoryOf(draft.category)?.defaultSeverity || 2;
  const severity = draft.severity || usual;
  return (
    <section className="stack-l" aria-labelledby="details-title">
      <div>
        <h2 id="details-title">{report.details.title}</h2>
        <p className="muted" style={{ margin: "4px 0 0" }}>{names.category(draft.category)}</p>
      </div>
      <Choices<Draft["when"]>
        label={report.details.when}
        value={draft.when}
        onChange={(when) => change({ when })}
        choices={[
          ["now", report.details.now],
          ["hour", report.details.hourAgo],
          ["night", report.details.lastNight],
          ["pick", report.details.pick],
        ]}
      />
      {draft.when === "pick" && (
        <TextInput
          type="datetime-local"
          label={report.details.time}
          value={draft.picked}
          error={problems.when}
          onChange={(event) => change({ picked: event.currentTarget.value })}
        />
      )}
      <Choices
        label={report.details.severity}
        value={severity}
        onChange={(level) => change({ severity: level })}
        choices={[1, 2, 3, 4, 5].map((level) => [level, `${level} ${common.severityWords[level]}`])}
      />
      <CheckedText
        label={report.details.text}
        help={report.details.textHelp}
        value={draft.text}
        onChange={(text) => change({ text })}
        refused={hits}
        error={problems.text}
      />
      <div className="stack">
        <Checkbox label={report.details.insecurity} checked={draft.insecurity} onChange={(event) => change({ insecurity: event.currentTarget.checked })} />
        <Checkbox label={report.details.recurring} checked={draft.recurring} onChange={(event) => change({ recurring: event.currentTarget.checked })} />
      </div>
      <Radio.Group
        label={report.details.police}
        value={String(draft.police)}
        onChange={(police) => change({ police: Number(police) as ReportedToPolice })}
      >
        <div className="row" style={{ gap: 20, minHeight: 44 }}>
          {[ReportedToPolice.YES, ReportedToPolice.NO, ReportedToPolice.UNSPECIFIED].map((answer) => (
            <Radio key={answer} size="md" value={String(answer)} label={map.policeAnswers[answer]} />
          ))}
        </div>
      </Radio.Group>
    </section>
  );
}
