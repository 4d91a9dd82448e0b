import { timestampDate, type Timestamp } from "@bufbuild/protobuf/wkt";
import type { GetWeekResponse } from "../../gen/vaka/est/v1/est_service_pb";
import { useFormats, useWords } from "../../i18n";
import { useNow } from "../../parts/clock";
import { stands } from "../../parts/marks";

/** The week in four numbers: how far it has come, and what it holds. */
export function WeekHead({ data }: { data: GetWeekResponse }) {
  const { week, common } = useWords();
  const f = useFormats();
  const now = useNow(10_000);
  const picture = data.picture!;
  const times = data.times;
  const state = picture.published
    ? `${week.status.published}, ${week.status.revision(picture.revision)}`
    : picture.frozen
      ? week.status.frozen
      : week.status.open;
  const [label, at] = nextMoment(data, now, week);
  const left = at === undefined ? 0 : timestampDate(at).getTime() - now;
  return (
    <div className="strip" style={{ marginBottom: 0 }}>
      <div>
        <p className="strip-label">{label}</p>
        <p className="strip-value num" role="timer">{left > 0 ? common.units.in(f.span(left)) : state}</p>
        <p className="small muted" style={{ margin: 0 }}>{f.weekdayTime(at)}</p>
      </div>
      <div>
        <p className="strip-label">{week.total}</p>
        <p className="strip-value num">{f.number(picture.total)}</p>
        <p className="small muted" style={{ margin: 0 }} data-week-state>{state}</p>
      </div>
      <div>
        <p className="strip-label">{week.unusual}</p>
        <p className="strip-value num">{picture.cells.filter(({ flag }) => stands(flag)).length}</p>
        <p className="small muted" style={{ margin: 0 }}>{week.chance(f.decimal(picture.chanceFlags))}</p>
      </div>
      <div>
        <p className="strip-label">{week.insecurity}</p>
        <p className="strip-value num">{f.number(picture.insecurity)}</p>
        <p className="small muted" style={{ margin: 0 }}>{week.insecurityHelp}</p>
      </div>
      {times?.meeting !== undefined && (
        <div>
          <p className="strip-label">{week.meeting}</p>
          <p className="strip-value">{f.weekdayTime(times.meeting)}</p>
        </div>
      )}
    </div>
  );
}

type WeekWords = ReturnType<typeof useWords>["week"];

/** What comes next in the week: the cut-off, the freeze or the publication; at last the publication that was. */
function nextMoment(data: GetWeekResponse, now: number, words: WeekWords): [string, Timestamp | undefined] {
  const { times } = data;
  const ahead = (at: Timestamp | undefined) => at !== undefined && timestampDate(at).getTime() > now;
  if (ahead(times?.cutOff)) return [words.cutOff, times?.cutOff];
  if (ahead(times?.freeze) && !data.picture!.frozen) return [words.freeze, times?.freeze];
  return [words.publish, times?.publish];
}
