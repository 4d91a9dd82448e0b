import { Button } from "@mantine/core";
import { useState } from "react";
import { useWords } from "../../i18n";

/** Text to pass on as it is, and a notice that prints alone on an A4. */
export function ReadyTexts({ sms, notice, sender }: { sms: string; notice: string; sender: string }) {
  const { link } = useWords();
  const [copied, setCopied] = useState<"no" | "yes" | "failed">("no");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(sms);
      setCopied("yes");
    } catch {
      setCopied("failed");
    }
  };
  return (
    <>
      {sms !== "" && (
        <section className="card stack no-print" aria-labelledby="ready-title">
          <h2 id="ready-title">{link.ready}</h2>
          <p className="ready-text">{sms}</p>
          <div className="row">
            <Button variant="default" onClick={() => void copy()}>{copied === "yes" ? `✓ ${link.copied}` : link.copy}</Button>
            <span role="status">{copied === "failed" ? link.copyFailed : ""}</span>
          </div>
        </section>
      )}
      {notice !== "" && (
        <section className="card stack" aria-labelledby="notice-title">
          <div className="row between no-print">
            <h2 id="notice-title">{link.notice}</h2>
            <Button variant="default" onClick={() => window.print()}>{link.printNotice}</Button>
          </div>
          <div className="notice-sheet">
            {notice}
            <p className="notice-sender">{sender}</p>
          </div>
        </section>
      )}
    </>
  );
}
