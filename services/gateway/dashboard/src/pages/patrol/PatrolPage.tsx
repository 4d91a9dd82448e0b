import { useMay } from "../../api/access";
import { useShift } from "../../api/queries/shifts";
import { DispatchService } from "../../gen/vaka/dispatch/v1/dispatch_service_pb";
import { useWords } from "../../i18n";
import { Page } from "../../parts/Page";
import { Empty, Loaded } from "../../parts/States";
import "../../styles/patrol.css";
import { CrewView } from "./CrewView";
import { OfficerView } from "./OfficerView";

/** The patrol's day: large and one-handed for the crew, the whole shift for whoever briefs it. */
export default function PatrolPage() {
  const { patrol } = useWords();
  const officer = useMay()(DispatchService.method.openShift);
  const shift = useShift("");
  return (
    <Page title={patrol.title}>
      <Loaded query={shift} lines={5}>
        {(view) =>
          officer ? (
            <OfficerView shift={view} />
          ) : view === null ? (
            <Empty title={patrol.noShift} help={patrol.noShiftCrew} />
          ) : (
            <CrewView shift={view} />
          )
        }
      </Loaded>
    </Page>
  );
}
