/** Names of the default category groups; a municipality's own groups show their id until they are named. */
export const groups: Record<string, string> = {
  damage: "Skadegörelse",
  order: "Ordning",
  drugs: "Narkotika",
  violence: "Våld och hot",
  theft: "Stöld och inbrott",
  fire: "Brand",
  environment: "Miljö",
  traffic: "Trafik",
  work: "Arbetsmiljö",
  work_environment: "Arbetsmiljö",
  social: "Oro",
  ahead: "På gång",
  positive: "Positivt",
  other: "Annat",
};
