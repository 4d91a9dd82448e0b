import { create, fromJson, toJson, type JsonValue } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { IdentitySchema, type Identity } from "../gen/vaka/gateway/v1/gateway_service_pb";
import { Role } from "../gen/vaka/options/v1/options_pb";
import { kept, Store, useStore } from "./store";

/** Who is signed in: what the token says, and how the demo names it. */
export interface Session {
  token: string;
  identity: Identity;
  label: { sv: string; en: string } | null;
}

interface KeptSession {
  token: string;
  identity: JsonValue;
  label: { sv: string; en: string } | null;
}

const NAME = "vaka.session";

function load(): Session | null {
  const saved = kept.read<KeptSession | null>(NAME, null);
  if (saved === null) return null;
  try {
    const identity = fromJson(IdentitySchema, saved.identity, { ignoreUnknownFields: true });
    const expires = identity.expires;
    if (expires !== undefined && timestampDate(expires).getTime() < Date.now()) return null;
    return { token: saved.token, identity, label: saved.label };
  } catch {
    return null;
  }
}

export const sessionStore = new Store<Session | null>(load());

export function signIn(session: Session): void {
  kept.write(NAME, { ...session, identity: toJson(IdentitySchema, session.identity) });
  sessionStore.set(session);
}

export function signOut(): void {
  kept.write(NAME, null);
  sessionStore.set(null);
}

export function useSession(): Session | null {
  return useStore(sessionStore);
}

const NOBODY = create(IdentitySchema);

/** The signed-in person; an empty identity when nobody is. */
export function useIdentity(): Identity {
  return useSession()?.identity ?? NOBODY;
}

/** The role that decides the first screen: the one with most to watch. */
const BY_WEIGHT: Role[] = [
  Role.COORDINATOR,
  Role.ANALYST,
  Role.BRIEFING_OFFICER,
  Role.PATROLLER,
  Role.AREA_MANAGER,
  Role.SAFETY_REPRESENTATIVE,
  Role.AGENCY_REPORTER,
  Role.CARETAKER,
  Role.OPERATOR,
  Role.LEAD_CONTACT,
  Role.CONTACT_PERSON,
  Role.BOARD,
  Role.RESIDENT,
];

export function mainRole(identity: Identity): Role {
  return BY_WEIGHT.find((role) => identity.roles.includes(role)) ?? Role.UNSPECIFIED;
}
