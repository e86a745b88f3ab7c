//! The call of a script begins: phones are as the script has them, and somebody calls, or a call is placed.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::diagnostic::Diagnostic;
use crate::language::syntax::ast::Script;
use crate::rehearsal::floor::Floor;
use crate::rehearsal::given::{self, Beginning, Phone};
use crate::rehearsal::player::finding;
use crate::runtime::lines::Served;

/// Has the call begin as the script says.
pub(crate) fn begins<F: Floor>(floor: &mut F, script: &Script, served: &Served) -> Result<(), Box<Diagnostic>> {
    floor.begin_others(script, served)?;
    for phone in given::phones(script, served)? {
        let Phone { who, span, described } = phone;
        let described = floor.human("PUT", &["phones", &given::segment(&who)], &described);
        described.map_err(|reason| finding(span, format!("`{who}` cannot be called"), &reason))?;
    }
    match given::beginning(script, served, floor.lines(), &floor.ids())? {
        Beginning::Rings(body) => {
            let span = script.steps.first().map_or(script.title.span, |step| step.span);
            floor.rings(&body).map_err(|reason| finding(span, "nobody can call like this".to_owned(), &reason))
        }
        Beginning::Placed(params) => {
            floor.place(served, params);
            Ok(())
        }
    }
}
