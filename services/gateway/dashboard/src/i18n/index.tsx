import { createContext, useContext, useEffect, useMemo, type ReactNode } from "react";
import { kept, Store, useStore } from "../api/store";
import { en } from "./en";
import { Formats } from "./format";
import { sv, type Words } from "./sv";

export type Lang = "sv" | "en";
export const WORDS: Record<Lang, Words> = { sv, en };

const NAME = "vaka.language";
const chosen = new Store<Lang>(kept.read<Lang>(NAME, "sv") === "en" ? "en" : "sv");

export function setLang(lang: Lang): void {
  kept.write(NAME, lang);
  chosen.set(lang);
}

interface Spoken {
  lang: Lang;
  t: Words;
  f: Formats;
}

const Context = createContext<Spoken>({ lang: "sv", t: sv, f: new Formats("sv", sv, "Europe/Stockholm") });

/** Gives the pages their words and the ways of writing dates and numbers. `zone` is the municipality's. */
export function LanguageProvider({ zone, children }: { zone: string; children: ReactNode }) {
  const lang = useStore(chosen);
  const spoken = useMemo(
    () => ({ lang, t: WORDS[lang], f: new Formats(lang, WORDS[lang], zone) }),
    [lang, zone],
  );
  useEffect(() => {
    document.documentElement.lang = lang;
  }, [lang]);
  return <Context value={spoken}>{children}</Context>;
}

export function useWords(): Words {
  return useContext(Context).t;
}

export function useFormats(): Formats {
  return useContext(Context).f;
}

export function useLang(): Lang {
  return useContext(Context).lang;
}
