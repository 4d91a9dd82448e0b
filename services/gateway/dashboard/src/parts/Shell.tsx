import { Drawer } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useMay } from "../api/access";
import { mainRole, signOut, useSession } from "../api/session";
import { setLang, useLang, useWords } from "../i18n";
import { inOrderFor, routes } from "../routes";
import "../styles/shell.css";
import { Freshness } from "./Freshness";
import { Icon, MenuIcon } from "./icons";
import { OutboxNotice } from "./OutboxNotice";
import { go, Link, usePlace } from "./router";
import { UndoBar } from "./undo";

/** The frame of every page for somebody signed in: menu, live mark, language, what waits to be sent, undo. */
export function Shell({ children }: { children: ReactNode }) {
  const { common } = useWords();
  const lang = useLang();
  const session = useSession();
  const may = useMay();
  const { parts } = usePlace();
  const [opened, menu] = useDisclosure(false);
  const role = session === null ? 0 : mainRole(session.identity);
  const mine = inOrderFor(role, routes.filter(({ needs }) => may(needs)));
  const current = parts[0];
  const who = session?.label?.[lang] ?? common.roles[role] ?? "";

  return (
    <div className="shell">
      <a className="skip" href="#content">{common.skip}</a>
      <header className="bar no-print">
        <div className="bar-in">
          <Link className="brand" href="/">
            <img src="/vaka.svg" alt="" />
            {common.appName}
          </Link>
          <nav className="tabs" aria-label={common.menu}>
            {mine.map(({ path, name }) => (
              <Link key={path} href={`/${path}`} aria-current={current === path ? "page" : undefined}>
                {common.nav[name]}
              </Link>
            ))}
          </nav>
          <div className="bar-end">
            <Freshness />
            <LanguageButton />
            <button type="button" className="barbutton phone-hidden" title={who} onClick={leave}>
              {common.switchRole}
            </button>
          </div>
        </div>
      </header>
      <OutboxNotice />
      <main className="main" id="content" tabIndex={-1}>{children}</main>
      <nav className="bottom no-print" aria-label={common.menu}>
        {mine.slice(0, 4).map(({ path, name }) => (
          <Link key={path} href={`/${path}`} aria-current={current === path ? "page" : undefined}>
            <Icon name={name} />
            {common.nav[name]}
          </Link>
        ))}
        <button type="button" onClick={menu.open}>
          <MenuIcon />
          {common.menu}
        </button>
      </nav>
      <Drawer opened={opened} onClose={menu.close} position="right" title={who} size="xs" closeButtonProps={{ "aria-label": common.actions.close }}>
        <div className="stack">
          {mine.map(({ path, name }) => (
            <Link key={path} className="rowbutton" href={`/${path}`} onClick={menu.close} style={{ textDecoration: "none" }}>
              {common.nav[name]}
            </Link>
          ))}
          <button type="button" className="rowbutton" onClick={leave}>{common.switchRole}</button>
        </div>
      </Drawer>
      <UndoBar />
    </div>
  );
}

function leave() {
  signOut();
  go("/");
}

/** One switch; the button is written in the language that it leads to. */
export function LanguageButton({ dark = false }: { dark?: boolean }) {
  const lang = useLang();
  const other = lang === "sv" ? "en" : "sv";
  return (
    <button type="button" lang={other} className="barbutton" style={dark ? { color: "var(--sea)", textDecoration: "underline" } : undefined} onClick={() => setLang(other)}>
      {other === "en" ? "English" : "Svenska"}
    </button>
  );
}
