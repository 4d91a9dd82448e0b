import { createTheme, type MantineColorsTuple } from "@mantine/core";

const sea: MantineColorsTuple = [
  "#eef6f6", "#dbe9ea", "#b3d2d5", "#87b9be", "#5f9fa6", "#3f868f", "#246f79", "#155c67", "#0d4a55", "#083a44",
];
const ember: MantineColorsTuple = [
  "#fff7e8", "#ffedcc", "#fbd89a", "#f6c466", "#f2b84b", "#d99a25", "#b47a12", "#8f5f08", "#6c4704", "#4b3100",
];

/** Calm and large: 16 px text, targets of at least 44 px, one strong colour for what can be done. */
export const theme = createTheme({
  primaryColor: "sea",
  primaryShade: 8,
  colors: { sea, ember },
  defaultRadius: "md",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif',
  headings: { fontWeight: "650", sizes: { h1: { fontSize: "1.75rem" }, h2: { fontSize: "1.3125rem" }, h3: { fontSize: "1.125rem" } } },
  fontSizes: { xs: "0.9375rem", sm: "1rem", md: "1.0625rem", lg: "1.25rem", xl: "1.5rem" },
  components: {
    Button: { defaultProps: { size: "md" }, styles: { root: { minHeight: 44, height: "auto", paddingBlock: 6 }, label: { whiteSpace: "normal" } } },
    ActionIcon: { defaultProps: { size: 44, variant: "subtle" } },
    CloseButton: { defaultProps: { size: 44 } },
    TextInput: { defaultProps: { size: "md" } },
    Textarea: { defaultProps: { size: "md" } },
    NumberInput: { defaultProps: { size: "md" } },
    NativeSelect: { defaultProps: { size: "md" } },
    MultiSelect: { defaultProps: { size: "md" } },
    Select: { defaultProps: { size: "md" } },
    Checkbox: { defaultProps: { size: "md" } },
    Switch: { defaultProps: { size: "md" } },
    Modal: { defaultProps: { centered: true, closeButtonProps: { "aria-label": "×" } } },
  },
});
