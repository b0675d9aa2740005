//! Asking once more who it is, before what somebody who merely found an open browser must not do:
//! the password, and of who has a second factor a code. Every form that asks does so here.

use actix_web::http::StatusCode;

use super::{App, Fail, User};
use crate::people::{self, Claim, Proof, Proven};
use crate::values::{Problem, Text};

/// How a form asks for the password.
pub(super) struct Asked {
    /// The field.
    pub field: &'static str,
    /// What is said when it is empty, and when it is wrong.
    pub missing: &'static str,
    pub wrong: &'static str,
}

/// Where a code was typed: the app's into `code`, a recovery code into `recovery`.
pub(super) fn code_of([code, recovery]: [String; 2]) -> (&'static str, String) {
    match recovery.trim().is_empty() {
        true => ("code", code),
        false => ("recovery", recovery),
    }
}

impl App {
    /// Asks somebody who is signed in once more who they are; what is wrong, at the fields, when they
    /// don't show it. `codes` is what was typed as the app's code and as a recovery code, see
    /// `part/second_factor.html`.
    pub(super) async fn step_up(
        &self,
        user: &User,
        asked: &Asked,
        password: String,
        codes: [String; 2],
    ) -> Result<Result<Proven, (StatusCode, Vec<Problem>)>, Fail> {
        let (field, code) = code_of(codes);
        let mut problems = Vec::new();
        if password.is_empty() {
            problems.push(Problem::new(asked.field, Text::new(asked.missing)));
        }
        if user.person.second_factor_since.is_some() && code.trim().is_empty() {
            problems.push(Problem::new(field, Text::new("factor-code-missing")));
        }
        if !problems.is_empty() {
            return Ok(Err((StatusCode::UNPROCESSABLE_ENTITY, problems)));
        }
        let (actor, person) = (user.actor(), user.person.clone());
        let claim = Claim { password: password.chars().take(200).collect(), code };
        let proof = self.hash(move |db| people::prove(db, &actor, &person, &claim)).await?;
        let (status, problem) = match proof {
            Proof::Right(proven) => return Ok(Ok(proven)),
            Proof::Wrong => (
                StatusCode::UNPROCESSABLE_ENTITY,
                Problem::new(asked.field, Text::new(asked.wrong)),
            ),
            Proof::WrongCode => {
                let key =
                    if field == "code" { "factor-code-wrong" } else { "factor-recovery-wrong" };
                (StatusCode::UNPROCESSABLE_ENTITY, Problem::new(field, Text::new(key)))
            }
            Proof::TooMany { until } => {
                let text = Text::new("password-too-many").with("until", user.visit.time(until));
                (StatusCode::TOO_MANY_REQUESTS, Problem::new(asked.field, text))
            }
        };
        Ok(Err((status, vec![problem])))
    }
}
