import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Code, ConnectError } from "@connectrpc/connect";
import { useClients } from "../../api/clients";
import type { CaughtMessage, Phone } from "../../gen/vaka/gateway/v1/gateway_service_pb";
import { useFormats, useWords } from "../../i18n";
import { useNow } from "../../parts/clock";
import { useNames } from "../../parts/names";
import { go, Link } from "../../parts/router";
import { LanguageButton } from "../../parts/Shell";
import { Empty, Loaded } from "../../parts/States";
import "../../styles/phones.css";
import "../../styles/shell.css";

const POLL_MS = 1000;

/** The demo's phones side by side: messages arrive as they would, and the link in one can be tapped. */
export default function PhonesPage() {
  const { common, phones } = useWords();
  const { demo } = useClients();
  const query = useQuery({
    queryKey: ["phones"],
    refetchInterval: POLL_MS,
    retry: false,
    queryFn: async ({ signal }) => {
      try {
        return await demo.phones({}, { signal });
      } catch (error) {
        if (ConnectError.from(error).code === Code.NotFound) return null;
        throw error;
      }
    },
  });
  useEffect(() => {
    document.title = `${phones.title} · ${common.appName}`;
  }, [phones.title, common.appName]);
  return (
    <main className="main" id="content">
      <div className="page-head">
        <Link href="/" className="brand" style={{ textDecoration: "none" }}>
          <img src="/vaka.svg" alt="" />
          {common.appName}
        </Link>
        <LanguageButton dark />
      </div>
      <h1>{phones.title}</h1>
      <p className="muted" style={{ maxWidth: "60ch" }}>{phones.lead}</p>
      <Loaded query={query}>
        {(data) =>
          data === null ? (
            <Empty title={phones.title} help={phones.notDemo} />
          ) : data.phones.length === 0 ? (
            <Empty title={phones.empty} help={phones.emptyHelp} />
          ) : (
            <>
              <p className="num" role="status">{phones.caught(Number(data.caught))}</p>
              <ul className="plain phones">
                {data.phones.map((phone) => <PhoneView key={phone.person} phone={phone} />)}
              </ul>
            </>
          )
        }
      </Loaded>
    </main>
  );
}

function PhoneView({ phone }: { phone: Phone }) {
  const { phones } = useWords();
  const names = useNames();
  return (
    <li className="phone" data-phone={phone.person}>
      <h2>{phone.name}</h2>
      <p className="muted" style={{ margin: 0 }}>{names.area(phone.area)}</p>
      {phone.messages.length === 0 ? (
        <p className="muted phone-empty">{phones.noMessages}</p>
      ) : (
        <ul className="plain stack phone-screen" tabIndex={0} aria-label={phone.name}>
          {phone.messages.map((message, n) => <MessageView key={`${message.link}${n}`} message={message} who={phone.name} />)}
        </ul>
      )}
    </li>
  );
}

/** The page's part of a link, when it is one of ours; phones hold only links of their own gateway. */
function pathOf(link: string): string | null {
  const at = link.indexOf("/l/");
  return at < 0 ? null : link.slice(at);
}

function MessageView({ message, who }: { message: CaughtMessage; who: string }) {
  const { phones } = useWords();
  const f = useFormats();
  const now = useNow(5000);
  const path = pathOf(message.link);
  return (
    <li className="bubble arrive" data-channel={message.channel}>
      <p className="small muted" style={{ margin: 0 }}>
        {message.channel === "email" ? phones.email : phones.sms} · {message.from} · {f.ago(message.at, now)}
      </p>
      {message.subject !== "" && <p style={{ margin: "4px 0 0", fontWeight: 650 }}>{message.subject}</p>}
      <p style={{ margin: "4px 0 0", whiteSpace: "pre-wrap" }}>{message.text}</p>
      {path !== null && (
        <a
          className="bubble-link"
          href={path}
          aria-label={`${phones.open}, ${who}`}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey) return;
            event.preventDefault();
            go(path);
          }}
        >
          {phones.open}
        </a>
      )}
    </li>
  );
}
