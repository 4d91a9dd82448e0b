import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type FormEvent } from "react";
import { useClients } from "../../api/clients";
import { failureOf } from "../../api/errors";
import { mainRole, signIn, type Session } from "../../api/session";
import { seen } from "../../api/seen";
import type { DemoRole } from "../../gen/vaka/gateway/v1/gateway_service_pb";
import { useLang, useWords } from "../../i18n";
import { go, Link, usePlace } from "../../parts/router";
import { LanguageButton } from "../../parts/Shell";
import { Failed, Loaded } from "../../parts/States";
import { firstPage } from "../../routes";
import "../../styles/shell.css";

/** The demo's roles as big buttons; outside the demo a field for the code. */
export function SignInPage() {
  const { common } = useWords();
  const clients = useClients();
  const demo = useQuery({
    queryKey: ["demo roles"],
    staleTime: Infinity,
    queryFn: ({ signal }) => clients.session.demoRoles({}, { signal }),
  });
  useEffect(() => {
    document.title = common.appName;
  }, [common.appName]);
  return (
    <main className="main" style={{ maxWidth: 760 }} id="content">
      <div className="row between" style={{ marginBottom: 24 }}>
        <span className="brand" style={{ color: "var(--sea)" }}>
          <img src="/vaka.svg" alt="" />
          <h1 style={{ fontSize: "1.75rem" }}>{common.signIn.title}</h1>
        </span>
        <LanguageButton dark />
      </div>
      <p style={{ fontSize: "1.25rem", margin: "0 0 24px", maxWidth: "40ch" }}>{common.signIn.lead}</p>
      <Loaded query={demo} lines={5}>
        {({ roles, kommun }) =>
          roles.length === 0 ? <CodeForm kommun={kommun} /> : <DemoButtons roles={roles} kommun={kommun} />
        }
      </Loaded>
    </main>
  );
}

/** Signs in and goes to where one was heading, or to the role's first page. */
function useSignIn(kommun: string) {
  const clients = useClients();
  const queries = useQueryClient();
  const { parts } = usePlace();
  return useMutation({
    mutationFn: async (input: { code: string; label: Session["label"] }) => {
      const { token, identity } = await clients.session.signIn({ kommun, code: input.code });
      if (identity === undefined) throw new Error("no identity");
      return { token, identity, label: input.label };
    },
    onSuccess: (session) => {
      queries.clear();
      seen.reset();
      signIn(session);
      if (parts.length === 0) go(firstPage(mainRole(session.identity)), true);
    },
  });
}

function DemoButtons({ roles, kommun }: { roles: DemoRole[]; kommun: string }) {
  const { common } = useWords();
  const lang = useLang();
  const enter = useSignIn(kommun);
  return (
    <div className="stack">
      <p style={{ margin: 0 }} className="muted">{common.signIn.demo}</p>
      {enter.isError && <Failed error={enter.error} />}
      <ul className="plain grid-2" style={{ gap: 12 }} aria-label={common.signIn.demo}>
        {roles.map((role) => {
          const main = role.identity === undefined ? 0 : mainRole(role.identity);
          const label = (lang === "sv" ? role.labelSv : role.labelEn) || (common.roles[main] ?? "");
          return (
            <li key={role.code}>
              <button
                type="button"
                className="rowbutton"
                data-role={main}
                style={{ minHeight: 64, fontSize: "1.125rem", fontWeight: 600 }}
                disabled={enter.isPending}
                onClick={() => enter.mutate({ code: role.code, label: { sv: role.labelSv, en: role.labelEn } })}
              >
                {label}
              </button>
            </li>
          );
        })}
      </ul>
      <p style={{ marginTop: 12 }}>
        <Link href="/telefoner">{common.signIn.phones}</Link>
      </p>
    </div>
  );
}

function CodeForm({ kommun }: { kommun: string }) {
  const { common } = useWords();
  const enter = useSignIn(kommun);
  const [code, setCode] = useState("");
  const [asked, setAsked] = useState(false);
  const wrong = enter.isError && ["signed_out", "wrong_input"].includes(failureOf(enter.error).trouble);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (code.trim() !== "") enter.mutate({ code: code.trim(), label: null });
  };
  return (
    <form className="card stack" onSubmit={submit} noValidate>
      {enter.isError && !wrong && <Failed error={enter.error} />}
      <TextInput
        label={common.signIn.code}
        description={common.signIn.codeHelp}
        value={code}
        autoComplete="one-time-code"
        error={wrong ? common.signIn.wrongCode : asked && code.trim() === "" ? common.signIn.empty : undefined}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <Button type="submit" loading={enter.isPending}>{common.signIn.submit}</Button>
    </form>
  );
}
