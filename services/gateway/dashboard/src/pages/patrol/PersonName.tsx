import { useContact } from "../../api/queries/registry";

/** A crew member's name where the role may see it; the look is recorded. */
export function PersonName({ person, otherwise }: { person: string; otherwise: string }) {
  const { data } = useContact(person, true);
  return <>{data?.name || otherwise}</>;
}
