import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { AreaView } from "../../gen/vaka/registry/v1/registry_service_pb";
import { RegistryService } from "../../gen/vaka/registry/v1/registry_service_pb";
import type { Category, MunicipalityConfig } from "../../gen/vaka/registry/v1/types_pb";
import type { Role } from "../../gen/vaka/options/v1/options_pb";
import { useMay } from "../access";
import { useClients } from "../clients";
import { seen } from "../seen";
import { useSession } from "../session";

export function useMunicipality() {
  const { registry } = useClients();
  const kommun = useSession()?.identity.kommun;
  return useQuery({
    queryKey: ["municipality", kommun],
    enabled: kommun !== undefined,
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const { config } = await registry.getMunicipality({ atLeast: seen.get() }, { signal });
      if (config === undefined) throw new Error("no configuration");
      return config;
    },
  });
}

export function useAreas() {
  const { registry } = useClients();
  const may = useMay();
  return useQuery({
    queryKey: ["areas"],
    enabled: may(RegistryService.method.listAreas),
    staleTime: 5 * 60_000,
    queryFn: async ({ signal }) =>
      (await registry.listAreas({ atLeast: seen.get() }, { signal })).areas,
  });
}

/** Areas by id; empty until they have come. */
export function useAreaIndex(): ReadonlyMap<string, AreaView> {
  const { data } = useAreas();
  return useMemo(() => new Map((data ?? []).map((view) => [view.area?.id ?? "", view])), [data]);
}

export function useCoverage(at: Date | null) {
  const { registry } = useClients();
  return useQuery({
    queryKey: ["areas", "coverage", at?.toISOString() ?? "now"],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      registry.coverage(
        { atLeast: seen.get(), ...(at === null ? {} : { at: timestampFromDate(at) }) },
        { signal },
      ),
  });
}

export function usePeople(role: Role) {
  const { registry } = useClients();
  const may = useMay();
  return useQuery({
    queryKey: ["people", role],
    enabled: may(RegistryService.method.listPeople),
    queryFn: async ({ signal }) =>
      (await registry.listPeople({ role, atLeast: seen.get() }, { signal })).people,
  });
}

/** A person's contact details. Each look is recorded, so it is asked for only where it is shown. */
export function useContact(person: string, wanted: boolean) {
  const { registry } = useClients();
  const may = useMay();
  return useQuery({
    queryKey: ["contact", person],
    enabled: wanted && person !== "" && may(RegistryService.method.getPerson),
    staleTime: 10 * 60_000,
    retry: false,
    queryFn: async ({ signal }) => {
      const { contact } = await registry.getPerson({ person, atLeast: seen.get() }, { signal });
      return contact ?? null;
    },
  });
}

export interface CategoryGroup {
  id: string;
  categories: Category[];
}

export function groupsOf(config: MunicipalityConfig | undefined): CategoryGroup[] {
  const groups = new Map<string, Category[]>();
  for (const category of config?.categories ?? []) {
    const members = groups.get(category.group) ?? [];
    members.push(category);
    groups.set(category.group, members);
  }
  return [...groups].map(([id, categories]) => ({ id, categories }));
}
