import { OLD_MS, ageOf, answeredStore } from "../api/age";
import { useStore } from "../api/store";
import { useFormats, useWords } from "../i18n";
import { useLive } from "../live/LiveProvider";
import { useNow } from "./clock";

/** How old what is shown is: live, or since when not. */
export function Freshness() {
  const { common } = useWords();
  const f = useFormats();
  const live = useLive();
  const now = useNow(1000);
  const answered = useStore(answeredStore);
  const heard = live.heardAt === null ? null : now - live.heardAt;
  // The stream may be well while what it comes from is away.
  const old = answered !== null && answered.age >= OLD_MS;
  const age = old ? Math.max(ageOf(answered, now), heard ?? 0) : heard;
  const lost = live.phase === "lost";
  const words =
    live.phase === "off"
      ? common.live.off
      : live.phase === "connecting"
        ? common.live.connecting
        : lost
          ? `${common.live.lost}${age === null ? "" : ` ${common.live.updated(f.span(age))}`}`
          : age !== null && age >= OLD_MS
            ? common.live.updated(f.span(age))
            : common.live.on;
  return (
    <span className="livemark" data-phase={live.phase}>
      <span aria-hidden="true" className={lost || live.phase === "off" ? "dot dot-lost" : "dot"} />
      <span className={live.phase === "off" ? "phone-hidden" : undefined}>{words}</span>
    </span>
  );
}
