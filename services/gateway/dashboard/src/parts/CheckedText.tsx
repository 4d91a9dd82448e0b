import { Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useTextCheck } from "../api/queries/incidents";
import type { TextSpan } from "../gen/vaka/options/v1/options_pb";
import { useWords } from "../i18n";
import { TextWithHits } from "./TextWithHits";

/**
 * A text field that is checked for personal data while one types. `refused` is what the server found when the text
 * was sent; it stands until the text changes.
 */
export function CheckedText({ label, help, value, onChange, refused = [], error, required = false, rows = 4 }: {
  label: string;
  help: string;
  value: string;
  onChange: (text: string) => void;
  refused?: readonly TextSpan[];
  error?: string | undefined;
  required?: boolean;
  rows?: number;
}) {
  const { report } = useWords();
  const [settled] = useDebouncedValue(value, 350);
  const check = useTextCheck(settled);
  const found = settled === value ? (check.data?.hits ?? []) : [];
  const hits = refused.length > 0 ? refused : found;
  return (
    <div className="stack" style={{ gap: 8 }}>
      <Textarea
        label={label}
        description={help}
        value={value}
        required={required}
        minRows={rows}
        autosize
        error={hits.length > 0 ? report.details.found : error}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {hits.length > 0 && (
        <div className="card" role="alert" style={{ borderColor: "#a51d2d" }}>
          <TextWithHits text={value} hits={hits} />
          <p className="muted" style={{ margin: "8px 0 0" }}>{report.details.person}</p>
        </div>
      )}
    </div>
  );
}
