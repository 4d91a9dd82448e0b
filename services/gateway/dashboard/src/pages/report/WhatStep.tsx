import { Button } from "@mantine/core";
import { useWords } from "../../i18n";
import { useNames } from "../../parts/names";
import type { StepProps } from "./ReportForm";

/** Groups as big tiles, then the categories of the chosen group. A choice leads straight on. */
export function WhatStep({ draft, change, problems, onChosen }: StepProps & { onChosen: () => void }) {
  const { report } = useWords();
  const names = useNames();
  const group = names.groups.find(({ id }) => id === draft.group);
  const choose = (category: string) => {
    change({ category });
    onChosen();
  };
  return (
    <section className="stack-l" aria-labelledby="what-title">
      <div>
        <h2 id="what-title">{report.what.title}</h2>
        <p className="muted" style={{ margin: "4px 0 0" }}>{group === undefined ? report.what.group : report.what.category}</p>
        {problems.category !== undefined && <p className="problem">{problems.category}</p>}
      </div>
      {group === undefined ? (
        <ul className="plain tiles">
          {names.groups.map(({ id, categories }) => (
            <li key={id}>
              <button
                type="button"
                className="tile"
                data-group={id}
                onClick={() => (categories.length === 1 ? choose(categories[0]!.id) : change({ group: id, category: "" }))}
              >
                {names.group(id)}
                {categories.length > 1 && (
                  <small>{categories.slice(0, 3).map((category) => names.category(category.id).toLowerCase()).join(", ")}</small>
                )}
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <>
          <div className="row between">
            <strong>{names.group(group.id)}</strong>
            <Button variant="default" onClick={() => change({ group: "", category: "" })}>{report.what.other}</Button>
          </div>
          <ul className="plain tiles">
            {group.categories.map(({ id }) => (
              <li key={id}>
                <button type="button" className="tile" aria-pressed={draft.category === id} data-category={id} onClick={() => choose(id)}>
                  {names.category(id)}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
