import type { Words } from "../sv";

export const groups: Words["groups"] = {
  damage: "Damage",
  order: "Order",
  drugs: "Drugs",
  violence: "Violence and threats",
  theft: "Theft and burglary",
  fire: "Fire",
  environment: "Environment",
  traffic: "Traffic",
  work: "Work environment",
  work_environment: "Work environment",
  social: "Worry",
  ahead: "Coming up",
  positive: "Positive",
  other: "Other",
};
