//! Colours, by day and by night, and the marks of the kinds of states.

use crate::language::graph::picture::Look;
use std::fmt::Write;

/// A look's ground and ink.
struct Tint {
    ground: &'static str,
    ink: &'static str,
}

const LOOKS: [Look; 9] = [
    Look::Anywhere,
    Look::Begin,
    Look::Decide,
    Look::Hangup,
    Look::Hand,
    Look::Invoke,
    Look::Line,
    Look::Play,
    Look::Question,
];

/// The class of a look.
pub(crate) fn class(look: Look) -> &'static str {
    match look {
        Look::Anywhere => "anywhere",
        Look::Begin => "begin",
        Look::Decide => "decide",
        Look::Hangup => "hangup",
        Look::Hand => "hand",
        Look::Invoke => "invoke",
        Look::Line => "line",
        Look::Play => "play",
        Look::Question => "question",
    }
}

fn day(look: Look) -> Tint {
    let (ground, ink) = match look {
        Look::Anywhere => ("#ffffff", "#6e7781"),
        Look::Begin => ("#24292f", "#24292f"),
        Look::Decide => ("#fff8e1", "#8f5f00"),
        Look::Hangup => ("#fff1ef", "#b3362b"),
        Look::Hand => ("#f8f2ff", "#7639bd"),
        Look::Invoke => ("#ecfaf8", "#0b736e"),
        Look::Line => ("#effaf1", "#1a7233"),
        Look::Play => ("#f6f8fa", "#57606a"),
        Look::Question => ("#eef6ff", "#0a5cb8"),
    };
    Tint { ground, ink }
}

fn night(look: Look) -> Tint {
    let (ground, ink) = match look {
        Look::Anywhere => ("#0d1117", "#8b949e"),
        Look::Begin => ("#d0d7de", "#d0d7de"),
        Look::Decide => ("#2b2208", "#e3b341"),
        Look::Hangup => ("#2d1513", "#ff8f85"),
        Look::Hand => ("#231636", "#c8a2ff"),
        Look::Invoke => ("#08282a", "#56d4cc"),
        Look::Line => ("#0f2a17", "#5fd07c"),
        Look::Play => ("#1a2028", "#a5b0bc"),
        Look::Question => ("#0d2340", "#79b8ff"),
    };
    Tint { ground, ink }
}

/// What is the same by day and by night.
const SHAPES: &str = "text{font-family:'Helvetica Neue',Helvetica,Arial,'Liberation Sans','DejaVu Sans',sans-serif}\
.box{stroke-width:1.4}.anywhere .box,.rule .swatch,.light .way{stroke-dasharray:5 4}\
.name{font-size:14px;font-weight:600}.kind{font-size:10.5px;letter-spacing:.2px}.says{font-size:11px;font-style:italic}\
.port,.pill{font-size:11px}.key{font-size:10.5px;font-weight:700;text-anchor:middle}.pill,.middle{text-anchor:middle}\
.mark{stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}.cut{stroke-width:1;opacity:.45}\
.way{fill:none;stroke-width:1.5;stroke-linejoin:round}.crowd .way{stroke-width:1.1}.label{font-size:10.5px;text-anchor:middle}\
.head-line{font-size:20px;font-weight:700}.under{font-size:12px}.rule text{font-size:11px}.group-name{font-size:11px;font-weight:600}";

/// The whole style sheet.
pub(crate) fn sheet() -> String {
    let mut css = String::from(SHAPES);
    ground(&mut css, ["#ffffff", "#1f2328", "#59636e", "#6e7781", "#a3abb4", "#eef1f5", "#d0d7de"], day);
    css.push_str("@media (prefers-color-scheme:dark){");
    ground(&mut css, ["#0d1117", "#e6edf3", "#9aa4af", "#8b949e", "#5b6571", "#171d26", "#30363d"], night);
    css.push('}');
    css
}

/// One palette: page, ink, quiet ink, lines, light lines, regions, frames.
fn ground(css: &mut String, [page, ink, quiet, line, light, region, frame]: [&str; 7], tint: fn(Look) -> Tint) {
    let _ = write!(
        css,
        ".page,.plate{{fill:{page}}}.name,.head-line,.port{{fill:{ink}}}.says,.under,.label,.rule text,.group-name{{fill:{quiet}}}\
         .way,.swatch{{stroke:{line}}}.tip{{fill:{line}}}.light .way,.crowd .way,.swatch{{stroke:{light}}}.light .tip,.crowd .tip{{fill:{light}}}\
         .region{{fill:{region}}}.legend{{fill:none;stroke:{frame}}}"
    );
    let ends = ("return", tint(Look::Hangup));
    for (class, Tint { ground, ink }) in LOOKS.map(|look| (class(look), tint(look))).into_iter().chain([ends]) {
        let _ = write!(
            css,
            ".{class} .box{{fill:{ground};stroke:{ink}}}.{class} .kind,.{class} .pill,.{class} .tinted{{fill:{ink}}}\
             .{class} .mark,.{class} .cut{{stroke:{ink};fill:none}}.{class} .key{{fill:{ground}}}"
        );
    }
    let _ = write!(css, ".begin .pill{{fill:{page}}}");
}

/// A mark of 14 by 14.
pub(crate) fn mark(look: Look) -> &'static str {
    match look {
        Look::Line => {
            "<path class=\"tinted\" d=\"M3.2 1C1.9 1.6 1.2 2.7 1.4 4c.7 4.5 4.1 7.9 8.6 8.6 1.3.2 2.4-.5 3-1.8L10 8.7 8.3 10C6.5 9.2 4.8 7.5 4 5.7L5.3 4z\"/>"
        }
        Look::Question => {
            "<path class=\"mark\" d=\"M2.5 1.5h9a1.5 1.5 0 0 1 1.5 1.5v5a1.5 1.5 0 0 1-1.5 1.5H7L4 12.5v-3H2.5A1.5 1.5 0 0 1 1 8V3a1.5 1.5 0 0 1 1.5-1.5z\"/><path class=\"mark\" d=\"M4.3 5.5h.01M7 5.5h.01M9.7 5.5h.01\"/>"
        }
        Look::Play => {
            "<path class=\"tinted\" d=\"M1 5h2.5L7.5 1.7v10.6L3.5 9H1z\"/><path class=\"mark\" d=\"M10 4.7a3.3 3.3 0 0 1 0 4.6M12 2.9a6 6 0 0 1 0 8.2\"/>"
        }
        Look::Hand => "<path class=\"mark\" d=\"M1.5 7h10.5M8 2.8 12.3 7 8 11.2\"/>",
        Look::Decide => "<path class=\"mark\" d=\"M7 1.2 12.8 7 7 12.8 1.2 7z\"/>",
        Look::Invoke => "<path class=\"tinted\" d=\"M8.3 .8 2.6 8H6l-.8 5.2L11.4 6H7.6z\"/>",
        Look::Hangup => "<rect class=\"tinted\" x=\"2\" y=\"2\" width=\"10\" height=\"10\" rx=\"2\"/>",
        Look::Anywhere | Look::Begin => "",
    }
}
