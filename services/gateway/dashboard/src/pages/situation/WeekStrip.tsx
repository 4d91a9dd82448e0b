import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useMeasures, useWeek } from "../../api/queries/weeks";
import { Completeness } from "../../gen/vaka/est/v1/types_pb";
import { useFormats, useWords } from "../../i18n";
import { useNow } from "../../parts/clock";
import { stands } from "../../parts/marks";
import { useNames } from "../../parts/names";
import { Link } from "../../parts/router";

/** The week at a glance for those who run it: when it closes, who is missing, what stands out, what is late. */
export function WeekStrip() {
  const { common, map, week } = useWords();
  const f = useFormats();
  const names = useNames();
  const now = useNow(15_000);
  const { data } = useWeek(null);
  const measures = useMeasures(true);
  if (data?.picture?.week === undefined) return null;
  const { picture, times } = data;
  const missing = picture.completeness.filter(({ completeness }) => completeness === Completeness.MISSING);
  const flagged = picture.cells.filter(({ flag }) => stands(flag));
  const overdue = measures.data?.filter((view) => view.overdue).length;
  const cutOff = times?.cutOff === undefined ? null : timestampDate(times.cutOff).getTime();
  return (
    <section aria-label={map.strip.title(picture.week!.week)}>
      <div className="row between" style={{ marginBottom: 8 }}>
        <h2>{map.strip.title(picture.week!.week)}</h2>
        <Link href="/veckan" style={{ minHeight: 44, display: "inline-flex", alignItems: "center" }}>{map.strip.open}</Link>
      </div>
      <div className="strip">
        <div>
          <p className="strip-label">{map.strip.cutOff}</p>
          <p className="strip-value">
            {cutOff === null ? "–" : cutOff > now ? common.units.in(f.span(cutOff - now)) : week.cutOffPassed}
          </p>
          <p className="small muted" style={{ margin: 0 }}>{f.weekdayTime(times?.cutOff)}</p>
        </div>
        <div>
          <p className="strip-label">{map.strip.missing}</p>
          <p className="strip-value">
            {missing.length === 0 ? map.strip.missingNone : missing.map(({ agency }) => names.agency(agency)).join(", ")}
          </p>
        </div>
        <div>
          <p className="strip-label">{map.strip.flags}</p>
          <p className="strip-value num">{flagged.length}</p>
          <p className="small muted" style={{ margin: 0 }}>
            {flagged.slice(0, 3).map((cell) => `${names.category(cell.category)} ${names.district(cell.district)}`).join(", ")}
          </p>
        </div>
        <div>
          <p className="strip-label">{map.strip.overdue}</p>
          <p className="strip-value num">{overdue ?? "–"}</p>
        </div>
      </div>
    </section>
  );
}
