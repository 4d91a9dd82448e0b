import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useClients } from "../../api/clients";
import { failureOf } from "../../api/errors";
import { newKey } from "../../api/keys";
import { seen } from "../../api/seen";
import { RelayChannel } from "../../gen/vaka/notifications/v1/types_pb";
import type { OpenLinkResponse } from "../../gen/vaka/notifications/v1/notifications_service_pb";
import { Language } from "../../gen/vaka/registry/v1/types_pb";
import { setLang, useFormats, useWords } from "../../i18n";
import { SafetyLine } from "../../parts/marks";
import { LanguageButton } from "../../parts/Shell";
import { Empty, Failed, Waiting } from "../../parts/States";
import "../../styles/link.css";
import "../../styles/shell.css";
import { ReadyTexts } from "./ReadyTexts";
import { Receipt } from "./Receipt";
import { Unsubscribe } from "./Unsubscribe";

/** What a contact person sees who taps the link in a message: no sign-in, the signed link is the right. */
export default function LinkPage({ link }: { link: string }) {
  const { link: words, common } = useWords();
  const { notifications } = useClients();
  const opened = useQuery({
    queryKey: ["link", link],
    queryFn: ({ signal }) => notifications.openLink({ link, atLeast: seen.get() }, { signal }),
  });
  const language = opened.data?.language;
  useEffect(() => {
    document.title = `${words.title} · ${common.appName}`;
  }, [words.title, common.appName]);
  useEffect(() => {
    if (language === Language.EN) setLang("en");
  }, [language]);
  return (
    <main className="main link-page" id="content">
      <div className="row between no-print" style={{ marginBottom: 12 }}>
        <span className="brand" style={{ color: "var(--sea)" }}>
          <img src="/vaka.svg" alt="" />
          {common.appName}
        </span>
        <LanguageButton dark />
      </div>
      {opened.isPending && <Waiting />}
      {opened.isError && <Broken error={opened.error} retry={() => void opened.refetch()} />}
      {opened.data !== undefined && <Opened link={link} message={opened.data} />}
    </main>
  );
}

function Broken({ error, retry }: { error: unknown; retry: () => void }) {
  const { link } = useWords();
  if (["signed_out", "wrong_input", "missing"].includes(failureOf(error).trouble)) {
    return (
      <>
        <h1 className="visually-hidden">{link.title}</h1>
        <Empty title={link.broken} help={link.brokenText} />
      </>
    );
  }
  return (
    <>
      <h1 className="visually-hidden">{link.title}</h1>
      <Failed error={error} retry={retry} />
    </>
  );
}

function Opened({ link, message }: { link: string; message: OpenLinkResponse }) {
  const { link: words } = useWords();
  const f = useFormats();
  const queries = useQueryClient();
  const { notifications } = useClients();
  const renew = ({ seq }: { seq: bigint }) => {
    seen.note(seq); // what was just said is read back
    void queries.invalidateQueries({ queryKey: ["link", link] });
  };
  const read = useMutation({
    mutationKey: ["link"],
    mutationFn: () => notifications.acknowledge({ link, idempotencyKey: newKey() }),
    onSuccess: renew,
  });
  const relay = useMutation({
    mutationKey: ["link"],
    mutationFn: (input: { by: RelayChannel; households: number }) =>
      notifications.relayReported({ link, idempotencyKey: newKey(), ...input }),
    onSuccess: renew,
  });
  return (
    <div className="stack-l">
      <article className="card stack no-print">
        <p className="muted" style={{ margin: 0 }}>
          {words.from} <strong>{message.sender}</strong>
          {message.sentByRole !== "" && ` (${message.sentByRole})`}, {f.weekdayTime(message.raisedAt)}
        </p>
        <h1>{message.title}</h1>
        {message.recalled && <p className="safety" style={{ margin: 0 }} role="alert">{words.recalled}</p>}
        <p className="link-text">{message.text}</p>
        {message.whyYou !== "" && (
          <p className="muted" style={{ margin: 0 }}>
            {words.why}: {message.whyYou} {words.genuine}
          </p>
        )}
      </article>
      {!message.recalled && (
        <Receipt
          message={message}
          sending={relay.isPending || read.isPending}
          failure={relay.error ?? read.error}
          onRead={() => read.mutate()}
          onRelay={(by, households) => relay.mutate({ by, households })}
        />
      )}
      <ReadyTexts sms={message.readySms} notice={message.readyNotice} sender={message.sender} />
      <div className="no-print stack-l">
        <SafetyLine />
        <Unsubscribe link={link} />
      </div>
    </div>
  );
}
