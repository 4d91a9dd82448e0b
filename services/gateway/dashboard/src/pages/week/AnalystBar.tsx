import { Button } from "@mantine/core";
import { useWeekCommand } from "../../api/queries/weeks";
import type { GetWeekResponse } from "../../gen/vaka/est/v1/est_service_pb";
import { useWords } from "../../i18n";
import { Failed } from "../../parts/States";
import { laterWithUndo } from "../../parts/undo";

/** Freeze, publish, revise. None can be taken back, so each waits ten seconds in which it can be undone. */
export function AnalystBar({ data }: { data: GetWeekResponse }) {
  const { week: words } = useWords();
  const picture = data.picture!;
  const { year, week } = picture.week!;
  const freeze = useWeekCommand((est, _input: void, idempotencyKey) => est.freezeWeek({ week: { year, week }, idempotencyKey }));
  const publish = useWeekCommand((est, _input: void, idempotencyKey) => est.publish({ week: { year, week }, idempotencyKey }));
  const revise = useWeekCommand((est, _input: void, idempotencyKey) => est.revise({ week: { year, week }, idempotencyKey }));
  const failed = freeze.error ?? publish.error ?? revise.error;
  const [said, help, button, act] = picture.published
    ? [words.analyst.published(picture.revision), "", words.analyst.revise, () => laterWithUndo(words.analyst.willRevise, () => revise.mutate())] as const
    : picture.frozen
      ? [words.analyst.frozen, words.analyst.publishHelp, words.analyst.publish, () => laterWithUndo(words.analyst.willPublish, () => publish.mutate())] as const
      : ["", words.analyst.freezeHelp, words.analyst.freeze, () => laterWithUndo(words.analyst.willFreeze, () => freeze.mutate())] as const;
  return (
    <section className="card stack no-print" aria-labelledby="analyst">
      <h2 id="analyst">{words.analyst.title}</h2>
      {said !== "" && <p role="status" style={{ margin: 0 }}>{said}</p>}
      {help !== "" && <p className="muted" style={{ margin: 0 }}>{help}</p>}
      {failed !== null && <Failed error={failed} />}
      <Button
        loading={freeze.isPending || publish.isPending || revise.isPending}
        disabled={picture.published && data.pending.length === 0}
        onClick={act}
      >
        {button}
      </Button>
    </section>
  );
}
