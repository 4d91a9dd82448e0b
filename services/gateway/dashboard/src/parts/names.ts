import { useMemo } from "react";
import { groupsOf, useAreaIndex, useMunicipality, type CategoryGroup } from "../api/queries/registry";
import type { Where } from "../gen/vaka/intake/v1/types_pb";
import type { Category, District, MunicipalityConfig } from "../gen/vaka/registry/v1/types_pb";
import { useLang, useWords } from "../i18n";

export interface Names {
  config: MunicipalityConfig | undefined;
  districts: District[];
  groups: CategoryGroup[];
  category(id: string): string;
  categoryOf(id: string): Category | undefined;
  group(id: string): string;
  district(id: string): string;
  agency(id: string): string;
  area(id: string): string;
  /** "Albyberget, Alby" – as near as is known. */
  place(where: Where | undefined): string;
}

/** Names of what the municipality's configuration and registry name by id, in the chosen language. */
export function useNames(): Names {
  const { data: config } = useMunicipality();
  const areas = useAreaIndex();
  const lang = useLang();
  const words = useWords();
  return useMemo(() => {
    const categories = new Map((config?.categories ?? []).map((category) => [category.id, category]));
    const districts = new Map((config?.districts ?? []).map(({ id, name }) => [id, name]));
    const agencies = new Map((config?.agencies ?? []).map(({ id, name }) => [id, name]));
    const tidy = (id: string) => id.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());
    const area = (id: string) => areas.get(id)?.area?.name ?? id;
    const district = (id: string) => (id === "" ? words.common.wholeMunicipality : (districts.get(id) ?? tidy(id)));
    return {
      config,
      districts: config?.districts ?? [],
      groups: groupsOf(config),
      categoryOf: (id) => categories.get(id),
      category(id) {
        const category = categories.get(id);
        if (category === undefined) return tidy(id);
        return lang === "sv" ? category.nameSv : category.nameEn || category.nameSv;
      },
      group: (id) => words.groups[id] ?? tidy(id),
      district,
      agency: (id) => agencies.get(id) ?? tidy(id),
      area,
      place(where) {
        if (where === undefined) return words.common.unknown;
        const near = where.place || (where.area === "" ? "" : area(where.area));
        const wide = where.district === "" ? "" : district(where.district);
        return [near, wide].filter((part) => part !== "").join(", ") || words.common.wholeMunicipality;
      },
    };
  }, [config, areas, lang, words]);
}
