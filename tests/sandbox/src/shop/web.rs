//! What a browser sees: the page at `continue_url`, where a bank's question is answered.

use super::Shop;
use super::session::Stage;
use crate::env::Env;
use crate::http::{Request, Response};

impl Shop {
    pub(super) fn web(&mut self, env: &mut Env, request: &Request, path: &[&str]) -> Response {
        match (request.method.as_str(), path) {
            ("GET", ["continue", id]) => self.continue_page(id),
            ("POST", ["continue", id, "approve"]) => {
                if self.approve(env, id) {
                    page(200, "Paid. You can close this page.")
                } else {
                    page(409, "Nothing waits for you here.")
                }
            }
            ("POST", ["continue", id, "refuse"]) => {
                let waits = self.sessions.get_mut(*id).filter(|session| session.stage == Stage::Escalated);
                if let Some(session) = waits {
                    session.stage = Stage::Open;
                    session.pending = None;
                    session.after.clear();
                }
                page(200, "Not paid. You can close this page.")
            }
            _ => Response::error(404, "not_found", "there is nothing here"),
        }
    }

    fn continue_page(&self, id: &str) -> Response {
        match self.sessions.get(id) {
            Some(session) if session.stage == Stage::Escalated => page(
                200,
                &format!(
                    "Your bank asks: is this you?\
                     <form method=post action=\"{id}/approve\"><button>Yes, pay</button></form>\
                     <form method=post action=\"{id}/refuse\"><button>No</button></form>"
                ),
            ),
            Some(_) => page(200, "There is nothing to do here at the moment."),
            None => page(404, "There is no such checkout."),
        }
    }
}

fn page(status: u16, content: &str) -> Response {
    let html = format!(
        "<!doctype html><meta charset=utf-8><title>Checkout</title><base href=\"./\"><p>{content}</p>"
    );
    Response::bytes(status, "text/html; charset=utf-8", html.into_bytes())
}
