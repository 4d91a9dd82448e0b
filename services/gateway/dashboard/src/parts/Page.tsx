import { useEffect, useRef, type ReactNode } from "react";
import { useWords } from "../i18n";

/** A page: its title in the tab and as the heading, which takes the focus when one comes from another page. */
export function Page({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const { common } = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${common.appName}`;
  }, [title, common.appName]);
  useEffect(() => {
    if (document.activeElement !== document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <>
      <div className="page-head">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        {actions !== undefined && <div className="row no-print">{actions}</div>}
      </div>
      {children}
    </>
  );
}
