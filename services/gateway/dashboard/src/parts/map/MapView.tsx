import { Component, lazy, Suspense, type ReactNode } from "react";
import { Skeleton } from "@mantine/core";
import type { IncidentView } from "../../gen/vaka/intake/v1/intake_service_pb";
import type { AreaView } from "../../gen/vaka/registry/v1/registry_service_pb";
import type { District, Polygon } from "../../gen/vaka/registry/v1/types_pb";
import { useWords } from "../../i18n";
import "../../styles/map.css";
import type { LngLat } from "./geo";
import type { Arrived } from "./markers";

export interface RoutePoint {
  at: LngLat;
  label: string;
  state: "planned" | "done" | "skipped" | "next";
}

export interface MapProps {
  label: string;
  outline: Polygon | undefined;
  districts: readonly District[];
  areas: readonly AreaView[];
  incidents?: readonly IncidentView[];
  route?: readonly RoutePoint[];
  chosenIncident?: string;
  chosenArea?: string;
  /** Where the map moves to. */
  focus?: LngLat | null;
  /** What has just come, by id: marked at once, pulses once. */
  fresh?: ReadonlyMap<string, Arrived>;
  /** A point that somebody has chosen; with `onPoint` a click chooses it. */
  point?: LngLat | null;
  onPoint?: (point: LngLat) => void;
  onIncident?: (incident: string) => void;
  onArea?: (area: string) => void;
  /** Another number shows everything again. */
  whole?: number;
}

/** The list goes first: it has all that the map has, and starting the map library takes as long as the rest of the page. */
const MapCanvas = lazy(async () => {
  await new Promise<void>((resolve) => {
    if ("requestIdleCallback" in window) requestIdleCallback(() => resolve(), { timeout: 1000 });
    else setTimeout(resolve);
  });
  return import("./MapCanvas");
});

/** Without WebGL the page goes on without its map: everything is in the list too. */
class WithoutMap extends Component<{ otherwise: ReactNode; children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    return this.state.broken ? this.props.otherwise : this.props.children;
  }
}

export function MapView(props: MapProps) {
  const { map } = useWords();
  return (
    <div className="map">
      <WithoutMap otherwise={<p className="map-failed">{map.mapFailed}</p>}>
        <Suspense fallback={<Skeleton height="100%" radius={0} aria-label={map.mapLoading} role="status" />}>
          <MapCanvas {...props} />
        </Suspense>
      </WithoutMap>
    </div>
  );
}
