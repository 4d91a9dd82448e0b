export const phones = {
  title: "Telefoner",
  lead: "Demons telefoner. Det här hade gått ut på riktigt; i demon lämnar inget datorn.",
  caught: (n: number) => `${n} meddelanden sedan start`,
  empty: "Inget har skickats än",
  emptyHelp: "Rapportera något allvarligt, så ringer telefonerna här inom en sekund.",
  noMessages: "Inget än",
  open: "Öppna länken i meddelandet",
  sms: "Sms",
  email: "E-post",
  notDemo: "Sidan finns bara i demon.",
};

export const operations = {
  title: "Drift",
  position: "Planeringens läge",
  lag: (n: number) => (n === 0 ? "i kapp" : `${n} händelser efter`),
  head: "Senaste händelsens nummer",
  live: "Direktflödet",
  queues: "Köer",
  waiting: "Väntar",
  inFlight: "Skickas nu",
  held: "Hålls tills vidare",
  oldest: "Äldst",
  empty: "Köerna är tomma",
  emptyHelp: "När meddelanden väntar på att skickas syns de här.",
  heard: "Hördes senast",
};
