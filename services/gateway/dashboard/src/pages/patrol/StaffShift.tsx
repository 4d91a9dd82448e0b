import { Button, NativeSelect } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { useClients } from "../../api/clients";
import { usePeople } from "../../api/queries/registry";
import { useShiftCommand } from "../../api/queries/shifts";
import { Role } from "../../gen/vaka/options/v1/options_pb";
import type { PersonView } from "../../gen/vaka/registry/v1/registry_service_pb";
import { useWords } from "../../i18n";
import { Empty, Failed, Loaded } from "../../parts/States";

/** Two trained people, at least one an approved driver. */
export function StaffShift({ shift }: { shift: string }) {
  const { patrol } = useWords();
  const people = usePeople(Role.PATROLLER);
  return (
    <Loaded query={people}>
      {(all) => {
        const trained = all.filter((person) => person.trainedPatroller && !person.erased);
        return trained.length === 0 ? (
          <Empty title={patrol.officer.staff} help={patrol.officer.peopleEmpty} />
        ) : (
          <StaffForm shift={shift} people={trained} />
        );
      }}
    </Loaded>
  );
}

/** Names of those who can be rostered. Each look at a person is recorded, as it should be when a crew is chosen. */
function useCrewNames(people: readonly PersonView[]): Map<string, string> {
  const { registry } = useClients();
  const found = useQueries({
    queries: people.map(({ id }) => ({
      queryKey: ["contact", id],
      staleTime: 10 * 60_000,
      retry: false,
      queryFn: async () => (await registry.getPerson({ person: id })).contact ?? null,
    })),
  });
  return new Map(people.map(({ id }, n) => [id, found[n]?.data?.name ?? ""]));
}

function StaffForm({ shift, people }: { shift: string; people: readonly PersonView[] }) {
  const { patrol } = useWords();
  const names = useCrewNames(people);
  const [crew, setCrew] = useState<[string, string]>(["", ""]);
  const [asked, setAsked] = useState(false);
  const staff = useShiftCommand((dispatch, driver: string, idempotencyKey) =>
    dispatch.staffShift({ shift, crew, driver, idempotencyKey }),
  );
  const driver = people.find(({ id, driver: may }) => may && crew.includes(id))?.id ?? "";
  const pair = crew[0] !== "" && crew[1] !== "" && crew[0] !== crew[1];
  const problem = !pair ? patrol.officer.pickMissing : driver === "" ? patrol.officer.driverMissing : undefined;
  const choices = [
    { value: "", label: patrol.officer.pick },
    ...people.map(({ id, driver: may }, n) => ({
      value: id,
      label: `${names.get(id) || patrol.crewMember(n + 1)}${may ? ` (${patrol.officer.driverMark})` : ""}`,
    })),
  ];
  return (
    <form
      className="card stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (problem === undefined) staff.mutate(driver);
      }}
    >
      <h2>{patrol.officer.staff}</h2>
      <p className="muted" style={{ margin: 0 }}>{patrol.officer.crewHelp}</p>
      {staff.isError && <Failed error={staff.error} />}
      <NativeSelect label={patrol.officer.crewOne} value={crew[0]} data={choices} onChange={(event) => setCrew([event.currentTarget.value, crew[1]])} />
      <NativeSelect
        label={patrol.officer.crewTwo}
        value={crew[1]}
        data={choices}
        error={asked ? problem : undefined}
        onChange={(event) => setCrew([crew[0], event.currentTarget.value])}
      />
      <Button type="submit" loading={staff.isPending}>{patrol.officer.staff}</Button>
    </form>
  );
}
