import { Button, CloseButton, Textarea } from "@mantine/core";
import { create } from "@bufbuild/protobuf";
import { useState } from "react";
import { useMay } from "../../api/access";
import { useWeekCommand, type WeekNumber } from "../../api/queries/weeks";
import { EstService } from "../../gen/vaka/est/v1/est_service_pb";
import { JudgementSchema, type Cell } from "../../gen/vaka/est/v1/types_pb";
import { useFormats, useWords } from "../../i18n";
import { Choices } from "../../parts/Choices";
import { FlagMark, LevelMark } from "../../parts/marks";
import { useNames } from "../../parts/names";
import { go } from "../../parts/router";
import { Failed } from "../../parts/States";
import { writeWeek } from "../../parts/weeks";
import "../../styles/report.css";
import { cellWords } from "./words";

/** "How come?" of one number: the usual range, the trend, who reported, and the group's own judgement beside it. */
export function CellPanel({ cell, week, onClose }: { cell: Cell; week: WeekNumber; onClose: () => void }) {
  const words = useWords();
  const { common, week: texts } = words;
  const f = useFormats();
  const names = useNames();
  const may = useMay();
  const [judging, setJudging] = useState(false);
  const measure = () =>
    go(`/insatser?ny&vecka=${writeWeek(week)}&stadsdel=${encodeURIComponent(cell.district)}&vad=${encodeURIComponent(cell.category)}`);
  return (
    <section className="card stack" aria-labelledby="cell-title">
      <div className="row between" style={{ flexWrap: "nowrap", alignItems: "start" }}>
        <h3 id="cell-title">{names.category(cell.category)}, {names.district(cell.district)}</h3>
        <CloseButton className="no-print" aria-label={common.actions.close} onClick={onClose} />
      </div>
      <div className="row" style={{ gap: 8 }}>
        <FlagMark flag={cell.flag} />
        {cell.level > 0 && <span>{texts.level} <LevelMark level={cell.level} /></span>}
      </div>
      <p style={{ margin: 0, fontSize: "1.125rem" }}><strong>{cellWords(cell, words, f)}</strong></p>
      <p style={{ margin: 0 }}>{texts.trend(cell.change4Weeks)}.</p>
      {cell.byAgency.length > 0 && (
        <p style={{ margin: 0 }}>
          {texts.byAgency}: {cell.byAgency.map(({ agency, count }) => `${names.agency(agency)} ${count}`).join(", ")}
        </p>
      )}
      {cell.judgement !== undefined && (
        <p style={{ margin: 0 }}>
          {texts.judgement}: <LevelMark level={cell.judgement.level} /> {cell.judgement.reason}
        </p>
      )}
      <div className="row no-print">
        {may(EstService.method.judge) && !judging && <Button variant="default" onClick={() => setJudging(true)}>{texts.judge}</Button>}
        {may(EstService.method.decideMeasure) && <Button variant="default" onClick={measure}>{texts.makeMeasure}</Button>}
      </div>
      {judging && <JudgeForm cell={cell} week={week} onClose={() => setJudging(false)} />}
    </section>
  );
}

function JudgeForm({ cell, week, onClose }: { cell: Cell; week: WeekNumber; onClose: () => void }) {
  const { week: texts, common } = useWords();
  const [level, setLevel] = useState(cell.judgement?.level || cell.level || 1);
  const [reason, setReason] = useState(cell.judgement?.reason ?? "");
  const [asked, setAsked] = useState(false);
  const judge = useWeekCommand((est, _input: void, idempotencyKey) =>
    est.judge({
      week, district: cell.district, category: cell.category, idempotencyKey,
      judgement: create(JudgementSchema, { level, reason: reason.trim() }),
    }),
  );
  return (
    <form
      className="stack no-print"
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (reason.trim() !== "") judge.mutate(undefined, { onSuccess: onClose });
      }}
    >
      <p className="muted" style={{ margin: 0 }}>{texts.judgeHelp}</p>
      {judge.isError && <Failed error={judge.error} />}
      <Choices label={texts.level} value={level} onChange={setLevel} choices={[1, 2, 3, 4, 5].map((n) => [n, `${n} ${common.levelWords[n]}`])} />
      <Textarea label={texts.judgeReason} autosize minRows={2} value={reason} error={asked && reason.trim() === "" ? texts.judgeReasonMissing : undefined} onChange={(event) => setReason(event.currentTarget.value)} />
      <div className="row">
        <Button type="submit" loading={judge.isPending}>{texts.judgeSave}</Button>
        <Button variant="default" onClick={onClose}>{common.actions.cancel}</Button>
      </div>
    </form>
  );
}
