import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { NotificationsService, type Message } from "../gen/vaka/notifications/v1/notifications_service_pb";
import { Channel, Language } from "../gen/vaka/registry/v1/types_pb";
import { madeAlert } from "./alerts";
import type { FakeGateway } from "./gateway";

export function serveNotifications(router: ConnectRouter, fake: FakeGateway): void {
  const chosen = (message: Message | undefined) =>
    fake.areas.filter(({ area }) => message?.areas.includes(area!.id) || message?.districts.includes(area!.district));
  const answers = new Map<string, { acknowledged: boolean; relayed: boolean; households: number }>();
  const answerOf = (link: string) => {
    if (!link.startsWith("signed-")) throw new ConnectError("not a genuine link", Code.Unauthenticated);
    const answer = answers.get(link) ?? { acknowledged: false, relayed: false, households: 18 };
    answers.set(link, answer);
    return answer;
  };

  router.service(NotificationsService, {
    listAlerts: ({ limit }) => ({ seq: fake.seq, alerts: fake.alerts.slice(0, limit || 50).map(({ view }) => view) }),
    getAlert({ alert }) {
      const found = fake.alerts.find(({ view }) => view.alert?.id === alert);
      if (found === undefined) throw new ConnectError("no such alert", Code.NotFound);
      return { seq: fake.seq, alert: found.view, recipients: found.recipients };
    },
    previewMessage({ message }) {
      const people = chosen(message).reduce((sum, { contactPersons }) => sum + contactPersons, 0);
      const sms = Math.round(people * 0.7);
      return {
        recipients: people, sms, smsParts: sms * 2, emails: people - sms, suppressed: Math.round(people * 0.06),
        smsText: `Grannsamverkan Botkyrka: ${message?.text ?? ""} Svara: vaka.example/l/…`,
        emailSubject: "Meddelande från Grannsamverkan Botkyrka",
        emailText: message?.text ?? "",
      };
    },
    sendMessage({ message }) {
      const id = `alert-${fake.alerts.length + 20}`;
      fake.addAlert(madeAlert(id, chosen(message), null, message?.text ?? "", Date.now(), 0));
      return { seq: fake.seq, alert: id };
    },
    recallAlert({ alert }) {
      const found = fake.alerts.find(({ view }) => view.alert?.id === alert);
      if (found === undefined) throw new ConnectError("no such alert", Code.NotFound);
      found.view.alert!.recalled = true;
      return { seq: fake.next() };
    },
    openLink({ link }) {
      const answer = answerOf(link);
      return {
        alert: "alert-9",
        sender: "Polisen, lokalpolisområde Botkyrka",
        sentByRole: "utsättande polis",
        raisedAt: timestampFromDate(new Date(fake.now - 12 * 60_000)),
        title: "Inbrott i villa i Albyberget",
        text: "I kväll mellan 18 och 20 bröt någon upp en altandörr i området. Se över dörrar och fönster, tänd utelampan och säg till dina grannar. Såg du något? Ring polisen på 114 14.",
        readySms: "Inbrott i vårt område i kväll. Se över dörrar och fönster, tänd utelampan. Sett något? Ring 114 14. /Grannsamverkan",
        readyNotice: "Inbrott i vårt område\n\nI kväll mellan 18 och 20 bröt någon upp en altandörr.\n\nSe över dörrar och fönster.\nTänd utelampan.\nHar du sett något? Ring polisen på 114 14.",
        whyYou: "Du är kontaktombud för Albyberget.",
        language: Language.SV,
        ...answer,
      };
    },
    acknowledge({ link }) {
      answerOf(link).acknowledged = true;
      return { seq: fake.next() };
    },
    relayReported({ link, households }) {
      Object.assign(answerOf(link), { relayed: true, acknowledged: true, households });
      return { seq: fake.next() };
    },
    unsubscribe({ link }) {
      answerOf(link);
      return { seq: fake.next() };
    },
    queues: () => ({
      head: fake.seq,
      plannerPosition: fake.seq - 2n,
      queues: [
        { channel: Channel.SMS, waiting: 4n, inFlight: 2n, held: 11n, oldest: { seconds: 3n, nanos: 0 } },
        { channel: Channel.EMAIL, waiting: 0n, inFlight: 1n, held: 5n, oldest: { seconds: 1n, nanos: 0 } },
        { channel: Channel.WEBHOOK, waiting: 0n, inFlight: 0n, held: 0n },
      ],
    }),
  });
}
