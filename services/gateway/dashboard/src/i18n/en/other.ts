import type { Words } from "../sv";

export const phones: Words["phones"] = {
  title: "Phones",
  lead: "The demo's phones. This would have gone out for real; in the demo nothing leaves the computer.",
  caught: (n) => `${n} messages since the start`,
  empty: "Nothing has been sent yet",
  emptyHelp: "Report something serious, and the phones here ring within a second.",
  noMessages: "Nothing yet",
  open: "Open the link in the message",
  sms: "SMS",
  email: "E-mail",
  notDemo: "This page exists only in the demo.",
};

export const operations: Words["operations"] = {
  title: "Operations",
  position: "The planner's position",
  lag: (n) => (n === 0 ? "up to date" : `${n} facts behind`),
  head: "Number of the latest fact",
  live: "The live stream",
  queues: "Queues",
  waiting: "Waiting",
  inFlight: "Being sent",
  held: "Held",
  oldest: "Oldest",
  empty: "The queues are empty",
  emptyHelp: "When messages wait to be sent they are shown here.",
  heard: "Last heard",
};
