import type { ReactNode } from "react";
import type { TextSpan } from "../gen/vaka/options/v1/options_pb";
import { useWords } from "../i18n";

/** The text with what looks like personal data marked. Spans count code points, as the server does. */
export function TextWithHits({ text, hits }: { text: string; hits: readonly TextSpan[] }) {
  const { report } = useWords();
  const points = Array.from(text);
  const pieces: ReactNode[] = [];
  let at = 0;
  for (const hit of [...hits].sort((a, b) => a.begin - b.begin)) {
    if (hit.begin < at) continue;
    pieces.push(points.slice(at, hit.begin).join(""));
    pieces.push(
      <mark key={hit.begin} style={{ background: "#ffd7d7", color: "#7a0916", fontWeight: 650, padding: "0 2px" }}>
        {points.slice(hit.begin, hit.end).join("")}
        <span className="small" style={{ fontWeight: 400 }}> ({report.details.foundKinds[hit.kind] ?? hit.kind})</span>
      </mark>,
    );
    at = hit.end;
  }
  pieces.push(points.slice(at).join(""));
  return <p style={{ margin: 0, whiteSpace: "pre-wrap" }}>{pieces}</p>;
}
