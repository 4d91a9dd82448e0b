import type { DescMethod } from "@bufbuild/protobuf";
import { lazy, type ComponentType } from "react";
import { DispatchService } from "./gen/vaka/dispatch/v1/dispatch_service_pb";
import { EstService } from "./gen/vaka/est/v1/est_service_pb";
import { IntakeService } from "./gen/vaka/intake/v1/intake_service_pb";
import { NotificationsService } from "./gen/vaka/notifications/v1/notifications_service_pb";
import { Role } from "./gen/vaka/options/v1/options_pb";
import { RegistryService } from "./gen/vaka/registry/v1/registry_service_pb";
import type { Words } from "./i18n/sv";

export interface Route {
  path: string;
  name: keyof Words["common"]["nav"];
  page: ComponentType;
  /** Who may call this may see the page. */
  needs: DescMethod;
}

/** The pages that need somebody signed in, in the menu's order. */
export const routes: Route[] = [
  { path: "laget", name: "map", page: lazy(() => import("./pages/situation/SituationPage")), needs: IntakeService.method.list },
  { path: "rapportera", name: "report", page: lazy(() => import("./pages/report/ReportPage")), needs: IntakeService.method.report },
  { path: "larm", name: "alerts", page: lazy(() => import("./pages/alerts/AlertsPage")), needs: NotificationsService.method.listAlerts },
  { path: "patrull", name: "patrol", page: lazy(() => import("./pages/patrol/PatrolPage")), needs: DispatchService.method.getShift },
  { path: "veckan", name: "week", page: lazy(() => import("./pages/week/WeekPage")), needs: EstService.method.getWeek },
  { path: "insatser", name: "measures", page: lazy(() => import("./pages/measures/MeasuresPage")), needs: EstService.method.listMeasures },
  { path: "omraden", name: "areas", page: lazy(() => import("./pages/areas/AreasPage")), needs: RegistryService.method.listAreas },
  { path: "drift", name: "operations", page: lazy(() => import("./pages/operations/OperationsPage")), needs: NotificationsService.method.queues },
];

const FIRST: Partial<Record<Role, string>> = {
  [Role.COORDINATOR]: "laget",
  [Role.ANALYST]: "laget",
  [Role.BRIEFING_OFFICER]: "patrull",
  [Role.PATROLLER]: "patrull",
  [Role.AREA_MANAGER]: "veckan",
  [Role.SAFETY_REPRESENTATIVE]: "veckan",
  [Role.OPERATOR]: "drift",
};

/** Where a role lands after signing in. */
export function firstPage(role: Role): string {
  return `/${FIRST[role] ?? "rapportera"}`;
}

/** The menu's order for a role: what it does most comes first, so that it fits a thumb. */
const OFTEN: Partial<Record<Role, string[]>> = {
  [Role.COORDINATOR]: ["laget", "larm", "veckan", "insatser"],
  [Role.ANALYST]: ["laget", "veckan", "insatser", "larm"],
  [Role.BRIEFING_OFFICER]: ["patrull", "laget", "larm", "rapportera"],
  [Role.PATROLLER]: ["patrull", "rapportera", "laget"],
  [Role.AREA_MANAGER]: ["veckan", "rapportera", "laget", "insatser"],
  [Role.SAFETY_REPRESENTATIVE]: ["veckan", "rapportera", "laget"],
  [Role.AGENCY_REPORTER]: ["rapportera", "laget", "veckan", "insatser"],
  [Role.OPERATOR]: ["drift", "laget", "larm"],
};

export function inOrderFor(role: Role, pages: Route[]): Route[] {
  const often = OFTEN[role] ?? ["rapportera"];
  const rank = ({ path }: Route) => (often.includes(path) ? often.indexOf(path) : often.length);
  return [...pages].sort((a, b) => rank(a) - rank(b));
}
