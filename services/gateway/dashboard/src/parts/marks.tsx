import { FlagLevel } from "../gen/vaka/est/v1/types_pb";
import { useWords } from "../i18n";

/** A level 1–5: number, word and colour together. */
export function LevelMark({ level }: { level: number }) {
  const { common } = useWords();
  return (
    <span className={`badge level-${level}`}>
      <b>{level}</b> {common.levelWords[level]}
    </span>
  );
}

export function SeverityMark({ severity }: { severity: number }) {
  const { common } = useWords();
  return (
    <span className={`badge level-${severity}`}>
      <b aria-hidden="true">{severity}</b>
      <span className="visually-hidden">{`${common.severity} ${severity}:`}</span> {common.severityWords[severity]}
    </span>
  );
}

const SHAPES: Record<FlagLevel, string> = {
  [FlagLevel.UNSPECIFIED]: "",
  [FlagLevel.USUAL]: "",
  [FlagLevel.WATCH]: "△",
  [FlagLevel.UNUSUAL]: "▲",
  [FlagLevel.CLEAR]: "▲▲",
  [FlagLevel.TOO_SHORT]: "·",
  [FlagLevel.NOT_FLAGGED]: "–",
};

/** Unusual enough to be said aloud at the meeting. */
export function stands(flag: FlagLevel): boolean {
  return flag === FlagLevel.UNUSUAL || flag === FlagLevel.CLEAR;
}

export function FlagMark({ flag }: { flag: FlagLevel }) {
  const { week } = useWords();
  const tone = flag === FlagLevel.CLEAR ? "level-5" : flag === FlagLevel.UNUSUAL ? "level-4" : flag === FlagLevel.WATCH ? "level-3" : "";
  return (
    <span className={`badge ${tone}`}>
      <span aria-hidden="true">{SHAPES[flag]}</span>
      {week.flags[flag]}
    </span>
  );
}

export function flagShape(flag: FlagLevel): string {
  return SHAPES[flag];
}

export function SafetyLine({ patrol = false }: { patrol?: boolean }) {
  const { common } = useWords();
  return (
    <p className="safety" style={{ margin: 0 }}>
      {patrol && <>{common.safety.patrol} </>}
      {common.safety.line}
    </p>
  );
}
