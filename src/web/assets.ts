/**
 * The files of the page, embedded in the program: the browser gets them as they stand in `page/`.
 *
 * @module
 */

import baseStyle from "./page/base.css" with { type: "text" };
import buttonsScript from "./page/buttons.js" with { type: "text" };
import chartOptionsScript from "./page/chart_options.js" with { type: "text" };
import chartsScript from "./page/charts.js" with { type: "text" };
import connectionScript from "./page/connection.js" with { type: "text" };
import descriptionScript from "./page/description.js" with { type: "text" };
import domScript from "./page/dom.js" with { type: "text" };
import filmsScript from "./page/films.js" with { type: "text" };
import findingsScript from "./page/findings.js" with { type: "text" };
import formatScript from "./page/format.js" with { type: "text" };
import iconImage from "./page/icon.svg" with { type: "text" };
import indexPage from "./page/index.html" with { type: "text" };
import keyTableScript from "./page/key_table.js" with { type: "text" };
import keysScript from "./page/keys.js" with { type: "text" };
import mainScript from "./page/main.js" with { type: "text" };
import mediaOutputScript from "./page/media_output.js" with { type: "text" };
import numberRowsScript from "./page/number_rows.js" with { type: "text" };
import numbersScript from "./page/numbers.js" with { type: "text" };
import overlayScript from "./page/overlay.js" with { type: "text" };
import packetDrawingScript from "./page/packet_drawing.js" with { type: "text" };
import packetViewScript from "./page/packet_view.js" with { type: "text" };
import panelStyle from "./page/panel.css" with { type: "text" };
import pictureScript from "./page/picture.js" with { type: "text" };
import playerStyle from "./page/player.css" with { type: "text" };
import playoutClockScript from "./page/playout_clock.js" with { type: "text" };
import questionScript from "./page/question.js" with { type: "text" };
import sdpLinesScript from "./page/sdp_lines.js" with { type: "text" };
import seekBarScript from "./page/seek_bar.js" with { type: "text" };
import sessionButtonsScript from "./page/session_buttons.js" with { type: "text" };
import sessionStateScript from "./page/session_state.js" with { type: "text" };
import soundScript from "./page/sound.js" with { type: "text" };
import soundButtonScript from "./page/sound_button.js" with { type: "text" };
import soundWorkletScript from "./page/sound_worklet.js" with { type: "text" };
import stateDiagramScript from "./page/state_diagram.js" with { type: "text" };
import tabsScript from "./page/tabs.js" with { type: "text" };
import talkScript from "./page/talk.js" with { type: "text" };
import themeScript from "./page/theme.js" with { type: "text" };
import waveformScript from "./page/waveform.js" with { type: "text" };
import wireStyle from "./page/wire.css" with { type: "text" };
import wireViewScript from "./page/wire_view.js" with { type: "text" };
import uplot from "uplot/dist/uPlot.esm.js" with { type: "text" };
import uplotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };

/** A file of the page. */
export interface Asset {
  /** What is in it. */
  readonly text: string;
  /** Its media type, without the charset. */
  readonly type: string;
}

const SCRIPT = "text/javascript";
const STYLE = "text/css";

/** The page's files by name. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map<string, Asset>([
  ["base.css", { text: baseStyle, type: STYLE }],
  ["buttons.js", { text: buttonsScript, type: SCRIPT }],
  ["chart_options.js", { text: chartOptionsScript, type: SCRIPT }],
  ["charts.js", { text: chartsScript, type: SCRIPT }],
  ["connection.js", { text: connectionScript, type: SCRIPT }],
  ["description.js", { text: descriptionScript, type: SCRIPT }],
  ["dom.js", { text: domScript, type: SCRIPT }],
  ["films.js", { text: filmsScript, type: SCRIPT }],
  ["findings.js", { text: findingsScript, type: SCRIPT }],
  ["format.js", { text: formatScript, type: SCRIPT }],
  ["icon.svg", { text: iconImage, type: "image/svg+xml" }],
  ["index.html", { text: indexPage, type: "text/html" }],
  ["key_table.js", { text: keyTableScript, type: SCRIPT }],
  ["keys.js", { text: keysScript, type: SCRIPT }],
  ["main.js", { text: mainScript, type: SCRIPT }],
  ["media_output.js", { text: mediaOutputScript, type: SCRIPT }],
  ["number_rows.js", { text: numberRowsScript, type: SCRIPT }],
  ["numbers.js", { text: numbersScript, type: SCRIPT }],
  ["overlay.js", { text: overlayScript, type: SCRIPT }],
  ["packet_drawing.js", { text: packetDrawingScript, type: SCRIPT }],
  ["packet_view.js", { text: packetViewScript, type: SCRIPT }],
  ["panel.css", { text: panelStyle, type: STYLE }],
  ["picture.js", { text: pictureScript, type: SCRIPT }],
  ["player.css", { text: playerStyle, type: STYLE }],
  ["playout_clock.js", { text: playoutClockScript, type: SCRIPT }],
  ["question.js", { text: questionScript, type: SCRIPT }],
  ["sdp_lines.js", { text: sdpLinesScript, type: SCRIPT }],
  ["seek_bar.js", { text: seekBarScript, type: SCRIPT }],
  ["session_buttons.js", { text: sessionButtonsScript, type: SCRIPT }],
  ["session_state.js", { text: sessionStateScript, type: SCRIPT }],
  ["sound.js", { text: soundScript, type: SCRIPT }],
  ["sound_button.js", { text: soundButtonScript, type: SCRIPT }],
  ["sound_worklet.js", { text: soundWorkletScript, type: SCRIPT }],
  ["state_diagram.js", { text: stateDiagramScript, type: SCRIPT }],
  ["tabs.js", { text: tabsScript, type: SCRIPT }],
  ["talk.js", { text: talkScript, type: SCRIPT }],
  ["theme.js", { text: themeScript, type: SCRIPT }],
  ["waveform.js", { text: waveformScript, type: SCRIPT }],
  ["wire.css", { text: wireStyle, type: STYLE }],
  ["wire_view.js", { text: wireViewScript, type: SCRIPT }],
  ["uPlot.esm.js", { text: uplot, type: SCRIPT }],
  ["uPlot.min.css", { text: uplotStyle, type: STYLE }],
]);
