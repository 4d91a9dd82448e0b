import { useWords } from "../../i18n";

export function Legend() {
  const { map } = useWords();
  return (
    <details className="no-print">
      <summary style={{ minHeight: 44, display: "flex", alignItems: "center", cursor: "pointer", fontWeight: 550 }}>{map.legend}</summary>
      <ul className="plain legend">
        <li>
          <svg className="legend-mark" viewBox="0 0 22 22" aria-hidden="true"><circle cx="11" cy="11" r="7" fill="#d9691a" stroke="#fff" strokeWidth="2" /></svg>
          {map.legendPoint}
        </li>
        <li>
          <svg className="legend-mark" viewBox="0 0 22 22" aria-hidden="true"><path d="M3 6l9-3 7 6-2 10H6Z" fill="#f2b84b" stroke="#8f5f08" /></svg>
          {map.legendArea}
        </li>
        <li>
          <svg className="legend-mark" viewBox="0 0 22 22" aria-hidden="true"><circle cx="11" cy="11" r="9" fill="#f5ecdc" stroke="#8f5f08" strokeDasharray="3 2" /></svg>
          {map.legendDistrict}
        </li>
        <li>
          <svg className="legend-mark" viewBox="0 0 22 22" aria-hidden="true"><circle cx="6" cy="11" r="3" fill="#3d8b5f" /><circle cx="15" cy="11" r="6" fill="#a51d2d" /></svg>
          {map.legendSize}
        </li>
      </ul>
    </details>
  );
}
