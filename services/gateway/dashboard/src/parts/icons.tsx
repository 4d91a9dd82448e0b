import type { Words } from "../i18n/sv";

const PATHS: Record<keyof Words["common"]["nav"], string> = {
  map: "M9 4 3 6.500v13L9 17l6 2.500 6-2.500V4l-6 2.500L9 4Zm0 0v13m6-10.500v13",
  report: "M12 5v14M5 12h14",
  alerts: "M6 16V11a6 6 0 1 1 12 0v5l1.500 2h-15L6 16Zm4 4.500h4",
  patrol: "M4 16v-4l2-5h12l2 5v4H4Zm0 0v2.500M20 16v2.500M7.500 13.500h.01m9 0h.01M4.500 11.500h15",
  week: "M5 6h14v14H5V6Zm0 4.500h14M8.500 3.500V7m7-3.500V7M9 14h2m2 0h2",
  measures: "m5 12.500 4 4L19 7",
  areas: "M4 20V10l8-6 8 6v10H4Zm6 0v-6h4v6",
  phones: "M8 3h8v18H8V3Zm3 15h2",
  operations: "M4 18V9m5 9V5m5 13v-6m5 6V8",
};

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.800" strokeLinecap="round" strokeLinejoin="round">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function MenuIcon() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.800" strokeLinecap="round">
      <path d="M4 7h16M4 12h16M4 17h16" />
    </svg>
  );
}
