import base from "../assets/dashboard/base.css" with { type: "text" };
import charts from "../assets/dashboard/charts.css" with { type: "text" };
import controls from "../assets/dashboard/controls.css" with { type: "text" };
import frame from "../assets/dashboard/frame.css" with { type: "text" };
import pages from "../assets/dashboard/pages.css" with { type: "text" };
import parts from "../assets/dashboard/parts.css" with { type: "text" };
import run from "../assets/dashboard/run.css" with { type: "text" };
import tables from "../assets/dashboard/tables.css" with { type: "text" };
import tokens from "../assets/dashboard/tokens.css" with { type: "text" };

/** The style sheet of all pages: what is general first, so that what is particular wins. */
export const css = [tokens, base, frame, controls, parts, tables, charts, run, pages].join("\n");
