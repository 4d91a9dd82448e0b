import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { DemoService, IdentitySchema, LiveService, SessionService, type Identity } from "../gen/vaka/gateway/v1/gateway_service_pb";
import { Role } from "../gen/vaka/options/v1/options_pb";
import { sv } from "../i18n/sv";
import { en } from "../i18n/en";
import type { FakeGateway } from "./gateway";
import { KOMMUN } from "./municipality";

const SHOWN: [Role, string, string][] = [
  [Role.COORDINATOR, "municipality", ""],
  [Role.ANALYST, "municipality", ""],
  [Role.BRIEFING_OFFICER, "police", ""],
  [Role.PATROLLER, "patrol", ""],
  [Role.AGENCY_REPORTER, "housing", ""],
  [Role.SAFETY_REPRESENTATIVE, "housing", "alby"],
  [Role.CARETAKER, "housing", "alby"],
  [Role.OPERATOR, "", ""],
  [Role.RESIDENT, "", "alby"],
];

export function identityOf(role: Role): Identity {
  const [, agency, district] = SHOWN.find(([shown]) => shown === role) ?? [role, "", ""];
  return create(IdentitySchema, {
    kommun: KOMMUN,
    person: role === Role.PATROLLER ? "patroller-1" : `person-${role}`,
    roles: [role],
    agency,
    district,
    expires: timestampFromDate(new Date(Date.now() + 86_400_000)),
  });
}

export function serveSession(router: ConnectRouter, fake: FakeGateway): void {
  router.service(SessionService, {
    demoRoles: () => ({
      kommun: KOMMUN,
      roles: SHOWN.map(([role]) => ({
        code: `demo-${role}`,
        labelSv: sv.common.roles[role] ?? "",
        labelEn: en.common.roles[role] ?? "",
        identity: identityOf(role),
      })),
    }),
    signIn({ code }) {
      const role = Number(/^demo-(\d+)$/.exec(code)?.[1] ?? 0) as Role;
      if (role === Role.UNSPECIFIED) throw new ConnectError("the code is wrong", Code.Unauthenticated);
      return { token: `token-${role}`, identity: identityOf(role) };
    },
  });
  router.service(LiveService, { watch: (_request, context) => fake.watch(context.signal) });
  router.service(DemoService, {
    phones: () => {
      const [alert] = fake.alerts;
      const people = ["Åsa Lind", "Karim Haddad", "Birgitta Ek", "Jonas Berg"];
      return {
        caught: BigInt(53 + fake.alerts.length),
        phones: people.map((name, n) => ({
          person: `p-${n}`,
          name,
          area: alert?.view.alert?.areas[n] ?? "alby-1",
          messages: alert === undefined || n === 3 ? [] : [
            {
              channel: n === 1 ? "email" : "sms",
              at: timestampFromDate(new Date(fake.now - 11 * 60_000)),
              from: n === 1 ? "larm@botkyrka.example" : "Vaka",
              subject: n === 1 ? "Inbrott i ditt område" : "",
              text: "Inbrott i villa i ditt område i kväll. Se över dörrar och fönster och säg till grannarna. Svara: " ,
              link: `${window.location.origin}/l/signed-${n}`,
            },
          ],
        })),
      };
    },
  });
}
