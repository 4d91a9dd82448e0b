import type { ContributionView } from "../../gen/vaka/est/v1/est_service_pb";
import { useFormats, useWords } from "../../i18n";
import { useNames } from "../../parts/names";

/** What the agencies have answered, in their own words. */
export function Contributions({ views }: { views: readonly ContributionView[] }) {
  const { week } = useWords();
  const f = useFormats();
  const names = useNames();
  return (
    <section className="stack" aria-labelledby="contributions">
      <h2 id="contributions">{week.contribution.others}</h2>
      {views.length === 0 && <p className="muted" style={{ margin: 0 }}>{week.contribution.othersEmpty}</p>}
      <ul className="plain grid-2">
        {views.map((view) => (
          <li key={view.agency} className="card stack" style={{ gap: 6 }}>
            <div className="row between">
              <h3>{names.agency(view.agency)}</h3>
              <span className="muted">{f.dayTime(view.at)}</span>
            </div>
            {view.nothingToReport && <p style={{ margin: 0 }}>{week.contribution.nothing}</p>}
            <Text label={week.contribution.picture} text={view.picture} />
            <Text label={week.contribution.measures} text={view.measures} />
            <Text label={week.contribution.followUp} text={view.followUp} />
            {view.counts.length > 0 && (
              <p style={{ margin: 0 }}>
                {view.counts.map(({ district, category, count }) => `${names.category(category)}, ${names.district(district)}: ${count}`).join("; ")}
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Text({ label, text }: { label: string; text: string }) {
  if (text === "") return null;
  return (
    <p style={{ margin: 0, whiteSpace: "pre-wrap" }}>
      <span className="muted">{label}</span>
      <br />
      {text}
    </p>
  );
}
