import { useState } from "react";
import { mainRole, useIdentity } from "../../api/session";
import { Role } from "../../gen/vaka/options/v1/options_pb";
import { useWords } from "../../i18n";
import { Page } from "../../parts/Page";
import { go, usePlace } from "../../parts/router";
import "../../styles/report.css";
import { ReportForm } from "./ReportForm";
import { ReporterStart } from "./ReporterStart";

/** Agencies start at their own page; everyone else goes straight to the form. */
export default function ReportPage() {
  const { report } = useWords();
  const { query } = usePlace();
  const role = mainRole(useIdentity());
  const [round, setRound] = useState(0);
  const hasStart = role === Role.AGENCY_REPORTER || role === Role.CARETAKER;
  const inForm = !hasStart || query.has("ny");
  return (
    <Page title={report.title}>
      {inForm ? (
        <ReportForm
          key={round}
          large={role === Role.PATROLLER}
          onAgain={() => setRound(round + 1)}
          onLeave={() => go(hasStart ? "/rapportera" : "/")}
        />
      ) : (
        <ReporterStart onReport={() => go("/rapportera?ny")} />
      )}
    </Page>
  );
}
