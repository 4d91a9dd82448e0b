import { NativeSelect } from "@mantine/core";
import { useWords } from "../../i18n";
import { useNames } from "../../parts/names";

export interface Filter {
  days: number;
  district: string;
  group: string;
  minSeverity: number;
}

export function FilterBar({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  const { common, map } = useWords();
  const names = useNames();
  return (
    <form className="filters no-print" aria-label={map.filter} onSubmit={(event) => event.preventDefault()}>
      <NativeSelect
        label={map.kind}
        value={filter.group}
        onChange={(event) => onChange({ ...filter, group: event.currentTarget.value })}
        data={[{ value: "", label: map.allKinds }, ...names.groups.map(({ id }) => ({ value: id, label: names.group(id) }))]}
      />
      <NativeSelect
        label={map.district}
        value={filter.district}
        onChange={(event) => onChange({ ...filter, district: event.currentTarget.value })}
        data={[{ value: "", label: common.wholeMunicipality }, ...names.districts.map(({ id, name }) => ({ value: id, label: name }))]}
      />
      <NativeSelect
        label={map.severityFrom}
        value={String(filter.minSeverity)}
        onChange={(event) => onChange({ ...filter, minSeverity: Number(event.currentTarget.value) })}
        data={[
          { value: "0", label: common.actions.all },
          ...[2, 3, 4, 5].map((level) => ({ value: String(level), label: `${level} ${common.severityWords[level]}` })),
        ]}
      />
      <NativeSelect
        label={map.time}
        value={String(filter.days)}
        onChange={(event) => onChange({ ...filter, days: Number(event.currentTarget.value) })}
        data={Object.entries(map.days).map(([value, label]) => ({ value, label }))}
      />
    </form>
  );
}
