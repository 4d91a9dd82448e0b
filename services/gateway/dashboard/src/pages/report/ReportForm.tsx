import { Alert, Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useClients } from "../../api/clients";
import { failureOf, worthKeeping, type Failure } from "../../api/errors";
import { newKey } from "../../api/keys";
import { outbox } from "../../api/outbox";
import { seen } from "../../api/seen";
import { useIdentity } from "../../api/session";
import type { ReportResponse } from "../../gen/vaka/intake/v1/intake_service_pb";
import type { TextSpan } from "../../gen/vaka/options/v1/options_pb";
import { useWords } from "../../i18n";
import { SafetyLine } from "../../parts/marks";
import { Failed } from "../../parts/States";
import { DetailsStep } from "./DetailsStep";
import { DoneStep } from "./DoneStep";
import { hasPlace, newDraft, observedAt, requestOf, type Draft, type Field } from "./draft";
import { WhatStep } from "./WhatStep";
import { WhereStep } from "./WhereStep";

export interface StepProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  problems: Partial<Record<Field, string>>;
}

/** Place, what, details, done: one question a screen, and problems both on top and beside the field. */
export function ReportForm({ large, onAgain, onLeave }: { large: boolean; onAgain: () => void; onLeave: () => void }) {
  const { common, report } = useWords();
  const [draft, setDraft] = useState(() => newDraft(newKey()));
  const [step, setStep] = useState(0);
  const [problems, setProblems] = useState<Partial<Record<Field, string>>>({});
  const [hits, setHits] = useState<readonly TextSpan[]>([]);
  const top = useRef<HTMLDivElement>(null);
  const { send, sending, failure, result } = useSendReport();

  const change = (part: Partial<Draft>) => {
    setDraft((now) => ({ ...now, ...part }));
    setProblems({});
    if (part.text !== undefined) setHits([]);
  };
  const wrong = (found: Partial<Record<Field, string>>) => {
    setProblems(found);
    top.current?.focus();
  };
  const to = (next: number) => {
    setProblems({});
    setStep(next);
  };
  useEffect(() => {
    if (step > 0) top.current?.focus();
  }, [step]);

  const submit = async () => {
    if (observedAt(draft, new Date()) === null) return wrong({ when: report.details.future });
    const refusal = await send(draft);
    if (refusal === null) return to(3);
    if (refusal.info !== null && refusal.info.hits.length > 0) {
      setHits(refusal.info.hits);
      wrong({ text: report.details.found });
    }
  };
  const next = () => {
    if (step === 0 && !hasPlace(draft)) return wrong({ where: report.where.missing });
    if (step === 1 && draft.category === "") return wrong({ category: report.what.missing });
    if (step === 2) return void submit();
    to(step + 1);
  };
  const props: StepProps = { draft, change, problems };
  const found = Object.values(problems);

  return (
    <div className={large ? "report report-large" : "report"}>
      <Steps step={step} />
      <div ref={top} tabIndex={-1} className="report-body" style={{ outline: "none" }}>
        {found.length > 0 && (
          <Alert role="alert" color="red" variant="light" title={report.problems} mb="md" styles={{ title: { color: "#7a0916" }, message: { color: "var(--ink)" } }}>
            <ul style={{ margin: 0, paddingLeft: 20 }}>{found.map((problem) => <li key={problem}>{problem}</li>)}</ul>
          </Alert>
        )}
        {failure !== null && found.length === 0 && step === 2 && <Failed error={failure} />}
        {step === 0 && <WhereStep {...props} />}
        {step === 1 && <WhatStep {...props} onChosen={() => to(2)} />}
        {step === 2 && <DetailsStep {...props} hits={hits} />}
        {step === 3 && <DoneStep result={result} onAgain={onAgain} />}
      </div>
      {step < 3 && (
        <div className="row between report-foot">
          <Button variant="default" onClick={() => (step === 0 ? onLeave() : to(step - 1))}>
            {step === 0 ? common.actions.cancel : common.actions.back}
          </Button>
          <Button loading={sending} onClick={next}>
            {step === 2 ? report.details.submit : common.actions.next}
          </Button>
        </div>
      )}
      <SafetyLine />
    </div>
  );
}

function Steps({ step }: { step: number }) {
  const { report } = useWords();
  return (
    <ol className="plain steps" aria-label={report.stepOf(step + 1, report.steps.length)}>
      {report.steps.map((name, n) => (
        <li key={name} aria-current={n === step ? "step" : undefined} data-done={n < step}>{name}</li>
      ))}
    </ol>
  );
}

/** Sends, or keeps on this device what cannot be sent now. Resolves to the refusal, or null when it is taken care of. */
function useSendReport() {
  const { intake } = useClients();
  const queries = useQueryClient();
  const { kommun } = useIdentity();
  const [sending, setSending] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const [result, setResult] = useState<ReportResponse | "kept" | null>(null);

  const send = async (draft: Draft): Promise<Failure | null> => {
    const request = requestOf(draft, kommun, new Date());
    setSending(true);
    setFailure(null);
    try {
      const answer = await intake.report(request);
      seen.note(answer.seq);
      setResult(answer);
      void queries.invalidateQueries({ queryKey: ["incidents"] });
      return null;
    } catch (error) {
      if (worthKeeping(error)) {
        outbox.keepReport(request);
        setResult("kept");
        return null;
      }
      setFailure(error);
      return failureOf(error);
    } finally {
      setSending(false);
    }
  };
  return { send, sending, failure, result };
}
