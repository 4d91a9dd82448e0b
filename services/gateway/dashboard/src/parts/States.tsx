import { Alert, Button, Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { failureOf, type Trouble } from "../api/errors";
import type { Words } from "../i18n/sv";
import { useWords } from "../i18n";

export function Waiting({ lines = 4 }: { lines?: number }) {
  const { common } = useWords();
  return (
    <div role="status" aria-busy="true" className="stack">
      <span className="visually-hidden">{common.states.loading}</span>
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} height={line === 0 ? 28 : 52} width={line === 0 ? "50%" : "100%"} radius="md" />
      ))}
    </div>
  );
}

export function Empty({ title, help, children }: { title: string; help: string; children?: ReactNode }) {
  return (
    <div className="card" style={{ textAlign: "center", padding: "32px 16px" }}>
      <p style={{ margin: 0, fontWeight: 650, fontSize: "1.125rem" }}>{title}</p>
      <p className="muted" style={{ margin: "6px auto 0", maxWidth: "46ch" }}>{help}</p>
      {children !== undefined && <div style={{ marginTop: 16 }}>{children}</div>}
    </div>
  );
}

function textsOf(states: Words["common"]["states"], trouble: Trouble, message: string, who: string): [string, string] {
  switch (trouble) {
    case "offline":
      return [states.offlineTitle, states.offlineText];
    case "signed_out":
      return [states.signedOutTitle, states.signedOutText];
    case "forbidden":
      return [states.forbiddenTitle, states.forbiddenText(who)];
    case "missing":
      return [states.missingTitle, states.missingText];
    case "busy":
      return [states.busyTitle, states.busyText];
    case "wrong_state":
      return [states.wrongStateTitle, message];
    case "wrong_input":
      return [states.wrongInputTitle, message];
    case "ours":
      return [states.oursTitle, states.oursText];
  }
}

/** What happened, what is safe and what to do. */
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const { common } = useWords();
  const { trouble, message } = failureOf(error);
  const [title, text] = textsOf(common.states, trouble, message, common.roles[9] ?? "");
  return (
    <Alert role="alert" color={trouble === "offline" || trouble === "busy" ? "ember" : "red"} title={title} variant="light" styles={{ title: { color: "var(--ink)" }, message: { color: "var(--ink)" } }}>
      <p style={{ margin: 0 }}>{text}</p>
      {retry !== undefined && (
        <Button mt="sm" variant="default" onClick={retry}>
          {common.states.retry}
        </Button>
      )}
    </Alert>
  );
}

/** No permission: says who can. */
export function NotForYou({ who }: { who: string }) {
  const { common } = useWords();
  return <Empty title={common.states.forbiddenTitle} help={common.states.forbiddenText(who)} />;
}

/** A query's four states; the last is `children`, which keeps showing old data while new is fetched. */
export function Loaded<T>({ query, lines, children }: {
  query: UseQueryResult<T>;
  lines?: number;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) {
    return (
      <>
        {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
        {children(query.data)}
      </>
    );
  }
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />;
  return <Waiting {...(lines === undefined ? {} : { lines })} />;
}
